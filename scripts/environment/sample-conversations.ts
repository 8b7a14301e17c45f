import { randomUUID } from "node:crypto";
import type { Db } from "@/lib/db/client";
import type { KapsoNumber, KapsoPerson, KapsoQuirks } from "../sandbox/kapso-model";
import type { Sandbox } from "../sandbox/sandbox";
import { inventPerson } from "./names";

/** A workspace that speaks with its leads over WhatsApp, and whose drafts are sent by themselves after a while. */
export interface TalkingWorkspace {
  readonly id: string;
  readonly name: string;
  /** What is special about it. For people. */
  readonly about: string;
  readonly number: KapsoNumber;
  readonly campaignId: string;
  readonly leads: readonly TalkingLead[];
}

export interface TalkingLead {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  /** Who this is on WhatsApp. */
  readonly person: KapsoPerson;
}

/** Enough for each plot and each story to have a lead of its own. */
const LEADS_PER_WORKSPACE = 27;

/** Puts two workspaces with numbers at Kapso into the sandbox and into the database, and leads who have just been met. */
export async function addTalkingWorkspaces(sandbox: Sandbox, db: Db): Promise<TalkingWorkspace[]> {
  const workspaces = [
    talkingWorkspace(sandbox, { name: "Lagoon Surf", about: "Kapso", firstLead: 0 }),
    talkingWorkspace(sandbox, {
      ...{ name: "Quartz Clinic", about: "Kapso, odd answers", quirks: ODD_ANSWERS },
      firstLead: LEADS_PER_WORKSPACE,
    }),
  ];
  await db.client.createMany({
    data: workspaces.map(({ id, name, number }) => ({
      ...{ id, name, kapsoPhoneId: number.id, kapsoApiKey: number.project.apiKey },
    })),
  });
  await db.campaign.createMany({
    data: workspaces.map(({ id, campaignId }) => ({ id: campaignId, clientId: id, name: "Spring" })),
  });
  await db.lead.createMany({ data: workspaces.flatMap(rowsOf) });
  return workspaces;
}

/** Of the ways in which Kapso's answers have been seen to deviate, as many as go together. */
const ODD_ANSWERS: Partial<KapsoQuirks> = {
  phones: "mixed",
  endOfListing: "missing",
  metadata: "object",
  errors: "kapso",
};

function talkingWorkspace(
  { kapso }: Sandbox,
  given: { name: string; about: string; firstLead: number; quirks?: Partial<KapsoQuirks> },
): TalkingWorkspace {
  const { name, about, firstLead, quirks = {} } = given;
  const id = randomUUID();
  const leads = Array.from({ length: LEADS_PER_WORKSPACE }, (_, place) => ({
    ...{ id: randomUUID(), name: inventPerson(firstLead + place).name, clientId: id },
    person: { phone: `1555010${String(firstLead + place + 1).padStart(4, "0")}` },
  }));
  return { id, name, about, number: kapso.addNumber({ quirks }), campaignId: randomUUID(), leads };
}

function rowsOf({ campaignId, leads }: TalkingWorkspace) {
  const lastActivityAt = new Date();
  return leads.map(({ id, name, clientId, person }, place) => {
    const [firstName = "", lastName = ""] = name.split(" ");
    const phone = "phone" in person ? writePhone(person.phone, place) : null;
    return { id, clientId, campaignId, firstName, lastName, phone, lastActivityAt };
  });
}

/** People write numbers in more than one way, and Kapso in yet another. */
function writePhone(digits: string, place: number): string {
  const [, area = "", office = "", line = ""] = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits) ?? [];
  return place % 2 === 0 ? `+${digits}` : `+1 (${area}) ${office}-${line}`;
}
