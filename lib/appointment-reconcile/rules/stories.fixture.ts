import type { StoredAppointment } from "../records";
import type { AppointmentStatus, Observation, ObservedAppointment } from "../source";
import { decide, type LeadOutcome } from "./decide";
import { at, inGhl, leadWith, listing, observed, type Stored, stored, tell, UNKNOWN } from "./records.fixture";

/**
 * Stories in short words, for tables. "g1 confirmed 24" is a HighLevel appointment that starts in 24 hours; "moved>g2"
 * for a status is one that the provider says is replaced by g2; "~24" is a start known without a zone, "?" none.
 */
type Telling = string;

/** What is on record: the first is the primary, whose copy the roll-up is. */
export function onRecord(telling: Telling): Stored {
  const [first, ...others] = tellings(telling).map(toStored);
  return first ? leadWith(first, ...others) : UNKNOWN;
}

/** A complete listing of these; after "incomplete:", one from which absence means nothing. */
export function seen(telling: Telling): Observation {
  const complete = !telling.startsWith("incomplete:");
  const items = tellings(telling.replace("incomplete:", "")).map(toObserved);
  return { ...listing(...items), complete };
}

/** What is decided of a story: the outcome, the transitions in words, and the primary as the roll-up has it. */
export function outcomeOf(was: Telling | Stored, told: Telling | Observation): [LeadOutcome, string[], string] {
  const lead = typeof was === "string" ? onRecord(was) : was;
  const decision = decide(lead, typeof told === "string" ? seen(told) : told, inGhl());
  const { ghlAppointmentId, calendlyInviteeUri, appointmentStatus } = decision.rollUp ?? lead.rollUp;
  const primary = `${ghlAppointmentId ?? calendlyInviteeUri ?? "none"} ${appointmentStatus ?? "unknown"}`;
  return [decision.outcome, tell(decision), primary];
}

interface Told {
  id: string;
  status: AppointmentStatus;
  successorId: string | null;
  startAt: Date | null;
  startApproximate: boolean;
}

function tellings(telling: Telling): Told[] {
  const parts = telling.split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").map(toTold);
}

function toTold(part: string): Told {
  const [id = "", word = "", start = ""] = part.split(" ");
  const successorId = word.startsWith("moved>") ? word.slice("moved>".length) : null;
  const status = STATUSES.find((one) => one === word) ?? "rescheduled";
  if (successorId === null && status !== word) throw new Error(`no story has the word ${word}`);
  const startAt = start === "?" ? null : at(Number(start.replace("~", "")));
  return { id, status, successorId, startAt, startApproximate: start.startsWith("~") };
}

const STATUSES: AppointmentStatus[] = ["confirmed", "canceled", "rescheduled", "showed", "no_show"];

function toStored({ id, status, startAt, startApproximate }: Told): StoredAppointment {
  const canceledAt = status === "canceled" || status === "rescheduled" ? at(-2) : null;
  return stored(id, { status, startAt, startApproximate, canceledAt });
}

function toObserved({ id, ...told }: Told): ObservedAppointment {
  return observed(id, told);
}
