import { HOUR_MS } from "@/lib/core/time";
import type { RollUp, StoredAppointment } from "../records";
import type { Observation, ObservedAppointment } from "../source";
import type { Decision } from "./decide";
import type { MergeContext } from "./merge";
import { NO_ROLL_UP, rollUpOf } from "./primary";
import type { Transition } from "./transitions";

/** The present of every rule's test: a whole hour, so that times read well. */
export const NOW = new Date("2030-03-12T12:00:00Z");

/** So many hours after the present; negative for before. */
export function at(hours: number): Date {
  return new Date(NOW.getTime() + hours * HOUR_MS);
}

/** A HighLevel appointment on record: confirmed, tomorrow, for half an hour, booked yesterday through a webhook. */
export function stored(externalId: string, fields: Partial<StoredAppointment> = {}): StoredAppointment {
  const startAt = fields.startAt === undefined ? at(24) : fields.startAt;
  return {
    id: `row-${externalId}`,
    provider: "GHL",
    externalId,
    calendlyScheduledEventUri: null,
    calendarId: null,
    status: "confirmed",
    startAt,
    endAt: halfAnHourAfter(startAt),
    startApproximate: false,
    bookedAt: at(-24),
    canceledAt: null,
    cancelReason: null,
    rescheduledFromId: null,
    statusChangedAt: at(-24),
    source: "webhook",
    providerUpdatedAt: null,
    ...fields,
  };
}

/** What a provider says of an appointment: confirmed, tomorrow, for half an hour, booked yesterday. */
export function observed(externalId: string, fields: Partial<ObservedAppointment> = {}): ObservedAppointment {
  const startAt = fields.startAt === undefined ? at(24) : fields.startAt;
  return {
    externalId,
    calendlyScheduledEventUri: null,
    calendarId: null,
    status: "confirmed",
    startAt,
    endAt: halfAnHourAfter(startAt),
    startApproximate: false,
    bookedAt: at(-24),
    canceledAt: null,
    cancelReason: null,
    providerUpdatedAt: null,
    successorId: null,
    ...fields,
  };
}

/** A complete listing of these. */
export function listing(...items: ObservedAppointment[]): Observation {
  return { items, listed: true, complete: true, oddRows: 0, foundContactId: null };
}

/** A listing that lost a row, or the answers of single look-ups: absence from it means nothing. */
export function incomplete(...items: ObservedAppointment[]): Observation {
  return { ...listing(...items), complete: false, oddRows: 1 };
}

export interface Stored {
  appointments: StoredAppointment[];
  rollUp: RollUp;
}

/** A lead that nothing is known of. */
export const UNKNOWN: Stored = { appointments: [], rollUp: NO_ROLL_UP };

/** A lead whose roll-up is the first of these appointments. */
export function leadWith(primary: StoredAppointment, ...others: StoredAppointment[]): Stored {
  return { appointments: [primary, ...others], rollUp: rollUpOf(primary) };
}

/** Decides as the cron does in a workspace of HighLevel, with ids that can be foretold. */
export function inGhl(fields: Partial<MergeContext> = {}): MergeContext {
  let rows = 0;
  return { provider: "GHL", source: "reconcile_cron", now: NOW, newId: () => `new-${++rows}`, ...fields };
}

/** What is on record once a decision is written. */
export function settle(before: Stored, decision: Decision): Stored {
  const written = new Map(decision.appointments.map((row) => [row.id, row]));
  const kept = before.appointments.filter((row) => !written.has(row.id));
  return { appointments: [...kept, ...written.values()], rollUp: decision.rollUp ?? before.rollUp };
}

/** The transitions in words, in no particular order. */
export function tell({ transitions }: Pick<Decision, "transitions">): string[] {
  return transitions.map(tellOne).toSorted();
}

function tellOne(one: Transition): string {
  switch (one.kind) {
    case "booked":
      return `booked ${one.appointment.externalId}`;
    case "canceled":
      return `canceled ${one.before.externalId}, ${one.hasAnother ? "another remains" : "none remains"}`;
    case "rescheduled":
      return `rescheduled ${one.from.externalId} to ${one.to.externalId}`;
  }
}

function halfAnHourAfter(start: Date | null): Date | null {
  return start && new Date(start.getTime() + HOUR_MS / 2);
}
