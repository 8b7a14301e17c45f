import type { LeadRecord, RollUp, StoredAppointment } from "../records";
import type { Observation } from "../source";
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
  const next = primary ? rollUpOf(primary) : lead.rollUp;
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

/** What the provider says replaces an appointment points back to it, also where that is history. */
function linkSuccessors(changes: Change[]): Change[] {
  return changes.map((change) => {
    const predecessor = changes.find((other) => isSuccessor(other, change));
    return predecessor ? linkTo(change, predecessor.after.id) : change;
  });
}

/** So does what was seen to replace it, without a word of the provider's. */
function linkReplacements(changes: Change[], transitions: readonly Transition[]): Change[] {
  return changes.map((change) => {
    const replaced = transitions.find((one) => one.kind === "rescheduled" && one.to.id === change.after.id);
    return replaced?.kind === "rescheduled" && replaced.from.id !== change.after.id
      ? linkTo(change, replaced.from.id)
      : change;
  });
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
