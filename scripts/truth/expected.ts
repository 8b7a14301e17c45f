import type { TrueAppointment } from "../sandbox/truth";

/** Where a lead stands when all is told. */
export type Ending =
  /** As it was: no meeting was ever ahead while we looked. */
  | "untouched"
  /** Has, or had, a meeting: marked as such, chasing ended, reminders running. */
  | "booked"
  /** Had one and has none: back to qualified, chasing ended, reminders cancelled. */
  | "lost"
  /** Has a meeting, but people own its status: chasing ended, and nothing else. */
  | "left to people";

/** What has to be on record of a lead. */
export interface Expected {
  readonly leadId: string;
  /** Who it is and where, for people. */
  readonly name: string;
  readonly provider: "GHL" | "CALENDLY";
  /** All that the sandbox knows to be true. What it calls removed was seen before it was. */
  readonly meetings: readonly TrueAppointment[];
  /** The contact that the lead has to be linked to; null where that is nobody's business. */
  readonly ghlContactId: string | null;
  /** The open sequences that a booking is to end, as they were before. */
  readonly chasing: readonly { sequenceId: string; status: string }[];
  readonly ending: Ending;
  readonly statusBefore: string;
  /** How many tasks of each type; of any other type none. */
  readonly tasks: Readonly<Record<string, number>>;
}

/**
 * The meeting that a lead's record has to show: the next that stands and has not ended; else the latest that stands;
 * else the latest. Worked out here once more, from the contract's words and not by the code that is being checked.
 */
export function primaryOf(meetings: readonly TrueAppointment[], now: Date): TrueAppointment | null {
  const byStart = meetings.toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime());
  const standing = byStart.filter(({ status }) => status !== "canceled" && status !== "rescheduled");
  return standing.find(({ endAt }) => endAt > now) ?? standing.at(-1) ?? byStart.at(-1) ?? null;
}
