import type { LeadRecord, RollUp, StoredAppointment } from "../records";
import type { Observation } from "../source";
import { isLive } from "./appointment";
import { type Change, type MergeContext, mergeObservation } from "./merge";
import { choosePrimary, rollUpOf, sameRollUp } from "./primary";
import { findTransitions, isSuccessor, type Transition } from "./transitions";

/** How a lead is counted: by the strongest thing that happened to it. */
export type LeadOutcome = "booked" | "canceled" | "rescheduled" | "updated" | "unchanged";

/** What follows from an observation. Everything in it is written in one transaction, or nothing is. */
export interface Decision {
  outcome: LeadOutcome;
  /** Rows to be inserted or brought up to date, whole. */
  appointments: StoredAppointment[];
  /** The new roll-up; null where it stays. */
  rollUp: RollUp | null;
  transitions: Transition[];
}

/** From what was on record and what was observed to what has to be done. Pure, but for the ids of new rows. */
export function decide(
  lead: Pick<LeadRecord, "appointments" | "rollUp">,
  observation: Observation,
  context: MergeContext,
): Decision {
  const changes = linkSuccessors(mergeObservation(lead, observation, context));
  const after = changes.map((change) => change.after);
  const primary = choosePrimary(after, context.now);
  const next = nextRollUp(lead.rollUp, after, primary, context.now);
  const rollUp = sameRollUp(next, lead.rollUp) ? null : next;
  const transitions = findTransitions(changes, lead.rollUp, primary, context.now);
  const appointments = linkReplacements(changes, transitions)
    .filter((change) => change.dirty)
    .map((change) => change.after);
  return { outcome: outcomeOf(transitions, rollUp), appointments, rollUp, transitions };
}

/** Whether there is nothing to write. */
export function changesNothing(decision: Decision): boolean {
  return decision.appointments.length === 0 && decision.rollUp === null && decision.transitions.length === 0;
}

/**
 * The copy of the primary appointment. A roll-up that names an appointment of which nothing is known keeps its name, or
 * nobody would ever ask about it again; only a meeting ahead takes its place.
 */
function nextRollUp(
  rollUp: RollUp,
  appointments: readonly StoredAppointment[],
  primary: StoredAppointment | null,
  now: Date,
): RollUp {
  if (primary === null) return rollUp;
  const namesAnUnknown = appointments.some((row) => row.status === null);
  return namesAnUnknown && !isLive(primary, now) ? rollUp : rollUpOf(primary);
}

/** What the provider says replaces an appointment points back to it, also where that is history. */
function linkSuccessors(changes: Change[]): Change[] {
  return changes.map((change) => {
    const predecessor = predecessorOf(change, changes);
    return predecessor ? linkTo(change, predecessor.after.id) : change;
  });
}

/** So does what was seen to replace it, without a word of the provider's. */
function linkReplacements(changes: Change[], transitions: readonly Transition[]): Change[] {
  return changes.map((change) => {
    if (predecessorOf(change, changes)) return change;
    const replaced = transitions.find((one) => one.kind === "rescheduled" && one.to.id === change.after.id);
    return replaced?.kind === "rescheduled" && replaced.from.id !== change.after.id
      ? linkTo(change, replaced.from.id)
      : change;
  });
}

/** Of several that it is said to replace, the one with the smallest id: every look at them chooses the same. */
function predecessorOf(change: Change, changes: readonly Change[]): Change | undefined {
  const [first, ...others] = changes.filter((other) => isSuccessor(other, change));
  return others.reduce(
    (least, other) => (least && least.after.externalId < other.after.externalId ? least : other),
    first,
  );
}

function linkTo(change: Change, predecessorId: string): Change {
  if (change.after.rescheduledFromId === predecessorId) return change;
  return { ...change, after: { ...change.after, rescheduledFromId: predecessorId }, dirty: true };
}

function outcomeOf(transitions: readonly Transition[], rollUp: RollUp | null): LeadOutcome {
  const kinds = new Set(transitions.map((transition) => transition.kind));
  if (kinds.has("booked")) return "booked";
  if (kinds.has("rescheduled")) return "rescheduled";
  if (kinds.has("canceled")) return "canceled";
  return rollUp === null ? "unchanged" : "updated";
}
