import { randomUUID } from "node:crypto";
import type { Db } from "@/lib/db/client";
import type { GhlLimits } from "../sandbox/ghl-model";
import type { GhlQuirks } from "../sandbox/ghl-quirks";
import { nameOfToken } from "../sandbox/request";
import type { Sandbox } from "../sandbox/sandbox";
import { calendlyPerson, ghlPerson, type Person } from "./person";

/** How a workspace stands with its provider. */
export type Standing = "good" | "limited" | "no credentials" | "dead credential";

export interface SampleWorkspace {
  readonly id: string;
  readonly name: string;
  /** Who keeps its meetings, and what is special about it. For people. */
  readonly about: string;
  readonly standing: Standing;
  readonly leadCount: number;
  /** The name under which the sandbox's ledger counts its requests; null where there is no account. */
  readonly account: string | null;
  /** Makes somebody known to the provider. */
  enrol(who: { name: string; email: string }): Person;
}

/** Whether its provider answers, sooner or later. */
export function isReachable({ standing }: Pick<SampleWorkspace, "standing">): boolean {
  return standing === "good" || standing === "limited";
}

/**
 * Puts the sample workspaces into the sandbox and into the database: one of each kind that there is. `limits` are those of
 * their HighLevel locations, where they are not to be the usual ones.
 */
export async function addSampleWorkspaces(
  sandbox: Sandbox,
  db: Db,
  limits: Partial<GhlLimits> = {},
): Promise<SampleWorkspace[]> {
  const openings = [
    ghl({ name: "Harbor Dental", about: "HighLevel, Chicago", timezone: "America/Chicago" }),
    ghl({ name: "Alpine Fitness", about: "HighLevel, Vienna", timezone: "Europe/Vienna" }),
    ghl({ name: "Mango Tutors", about: "HighLevel, odd answers", timezone: "Asia/Manila", quirks: ODD_ANSWERS }),
    ghl({ name: "Cedar Law", about: "HighLevel, slow, one 429", timezone: "America/Denver", standing: "limited" }),
    calendly({ name: "Maple Coaching", about: "Calendly" }),
    ghl({
      name: "Dune Travel",
      about: "HighLevel, token revoked",
      timezone: "Asia/Dubai",
      standing: "dead credential",
    }),
    ghl({ name: "Fjord Studio", about: "no credentials", timezone: "Europe/Oslo", standing: "no credentials" }),
  ];
  const workspaces = openings.map((open) => open(sandbox, limits));
  await db.client.createMany({ data: workspaces.map(({ row }) => row) });
  return workspaces.map(({ workspace }) => workspace);
}

type ClientRow = Parameters<Db["client"]["create"]>[0]["data"];
type Opening = (sandbox: Sandbox, limits: Partial<GhlLimits>) => { workspace: SampleWorkspace; row: ClientRow };

/** Of the ways in which HighLevel's answers have been seen to deviate, as many as go together. */
const ODD_ANSWERS: Partial<GhlQuirks> = {
  listWrapper: "appointments",
  eventWrapper: "bare",
  idField: "appointmentId",
  statusFields: "typo",
  statusWords: "variants",
  listTimes: "naive_t",
  eventTimes: "epoch_ms_text",
  dateAdded: "missing",
  optionalIds: "missing",
};

/** A tick sends about two requests for a lead: two ticks fit into the 90 requests that a location takes in 10 s. */
const LEADS_PER_LOCATION = 24;
const LEADS_PER_ORGANIZATION = 48;
/** Enough of them to see that a dead credential costs a few requests and not one per lead. */
const LEADS_OUT_OF_REACH = 12;

function ghl(given: {
  name: string;
  about: string;
  timezone: string;
  standing?: Standing;
  quirks?: Partial<GhlQuirks>;
}): Opening {
  const { name, about, timezone, standing = "good", quirks = {} } = given;
  return (sandbox, limits) => {
    const location = sandbox.ghl.addLocation({ timezone, quirks, limits });
    const token = standing === "dead credential" ? `${location.token}-revoked` : location.token;
    const credentials = standing === "no credentials" ? {} : { ghlLocationId: location.id, ghlPrivateKey: token };
    const id = randomUUID();
    if (standing === "limited") troubleLocation(sandbox, location.id);
    return {
      row: { id, name, timezone, ...credentials },
      workspace: {
        ...{ id, name, about, standing },
        leadCount: isReachable({ standing }) ? LEADS_PER_LOCATION : LEADS_OUT_OF_REACH,
        account: accountOf(standing, location.id, token),
        enrol(who) {
          const [firstName = "", lastName = ""] = who.name.split(" ");
          const contact = sandbox.ghl.addContact(location.id, { email: who.email, firstName, lastName });
          return ghlPerson(sandbox.ghl, contact.id);
        },
      },
    };
  };
}

/** A refused token belongs to no location, so the ledger counts it by itself. */
function accountOf(standing: Standing, locationId: string, token: string): string | null {
  switch (standing) {
    case "no credentials":
      return null;
    case "dead credential":
      return nameOfToken(token);
    case "good":
    case "limited":
      return locationId;
  }
}

const RATE_LIMITED_FOR_MS = 2_000;
const SLOW_ANSWER_MS = 400;
const SLOW_SHARE = 0.1;

/** Out of requests for a moment, early on, and slow now and then for ever. */
function troubleLocation({ faults }: Sandbox, account: string): void {
  const listing = { account, path: /\/appointments$/ };
  faults.add({
    match: listing,
    fault: { kind: "rate_limited", headers: "real", waitMs: RATE_LIMITED_FOR_MS },
    times: 1,
  });
  faults.add({ match: { account }, fault: { kind: "delay", ms: SLOW_ANSWER_MS }, probability: SLOW_SHARE });
}

function calendly({ name, about }: { name: string; about: string }): Opening {
  return (sandbox) => {
    const { uri: organizationUri, token } = sandbox.calendly.addOrganization();
    const id = randomUUID();
    return {
      row: {
        ...{ id, name, meetingBookingProvider: "CALENDLY" },
        ...{ calendlyAccessToken: token, calendlyOrganizationUri: organizationUri },
      },
      workspace: {
        ...{ id, name, about, standing: "good", leadCount: LEADS_PER_ORGANIZATION },
        account: nameOfToken(token),
        enrol: (who) => calendlyPerson(sandbox.calendly, { organizationUri, ...who }),
      },
    };
  };
}
