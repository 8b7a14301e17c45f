import type { RollUp, StoredAppointment } from "../records";
import { appointmentKey, isCanceled, isLive, sameInstant } from "./appointment";
import type { Change } from "./merge";

/** What happened to a lead's meetings, as people would tell it. */
export type Transition =
  /** The lead has a meeting ahead and had none. */
  | { kind: "booked"; appointment: StoredAppointment }
  /** A meeting that was ahead will not take place; `hasAnother` says whether one remains. */
  | { kind: "canceled"; before: StoredAppointment; hasAnother: boolean }
  /** A meeting that was ahead takes place at another time, as the same appointment or as its successor. */
  | { kind: "rescheduled"; from: StoredAppointment; to: StoredAppointment };

/**
 * The transitions between what was on record and what is now. What is first seen cancelled, attended or ended makes
 * none: history has no effects.
 */
export function findTransitions(
  changes: readonly Change[],
  rollUpBefore: RollUp,
  primary: StoredAppointment | null,
  now: Date,
): Transition[] {
  const moved = changes.filter((change) => hasMoved(change, now));
  const lost = changes.filter(({ before, after }) => before && isLive(before, now) && isCanceled(after.status));
  const replaced = pairWithSuccessors(lost, changes, now);
  const hasAnother = changes.some(({ after }) => isLive(after, now));
  const rescheduled = [
    ...moved.map(({ before, after }) => ({ from: before ?? after, to: after })),
    ...[...replaced].map(([from, to]) => ({ from: from.after, to: to.after })),
  ].map(({ from, to }): Transition => ({ kind: "rescheduled", from, to }));
  const canceled = lost
    .filter((change) => !replaced.has(change))
    .map(({ before, after }): Transition => ({ kind: "canceled", before: before ?? after, hasAnother }));
  const targets = new Set(rescheduled.flatMap((one) => (one.kind === "rescheduled" ? [one.to] : [])));
  const booked = isNewlyBooked(primary, rollUpBefore, { lost, targets, now });
  if (!booked || !primary) return [...rescheduled, ...canceled];
  // A meeting that ended and was moved ahead is a booking, and nothing besides.
  const others = [...rescheduled, ...canceled].filter((one) => one.kind !== "rescheduled" || one.to !== primary);
  return [{ kind: "booked", appointment: primary }, ...others];
}

/** The same appointment at another time that is still to come. An approximate start made exact is no move. */
function hasMoved({ before, after }: Change, now: Date): boolean {
  if (before === null || !isLive(before, now) || !isLive(after, now)) return false;
  if (before.startAt === null || before.startApproximate !== after.startApproximate) return false;
  return !sameInstant(before.startAt, after.startAt);
}

/** Which lost meeting was replaced by which: by the provider's link, else by what is new in the same observation. */
function pairWithSuccessors(lost: readonly Change[], changes: readonly Change[], now: Date): Map<Change, Change> {
  const ahead = changes.filter(({ after }) => isLive(after, now));
  const pairs = new Map<Change, Change>();
  for (const change of lost) {
    const linked = ahead.find((other) => isSuccessor(change, other));
    if (linked) pairs.set(change, linked);
  }
  const taken = new Set(pairs.values());
  const fresh = ahead.filter((change) => change.before === null && !taken.has(change)).toSorted(byStart);
  for (const change of lost.toSorted(byStart)) {
    if (pairs.has(change)) continue;
    const next = fresh.shift();
    if (next) pairs.set(change, next);
  }
  return pairs;
}

export function isSuccessor(change: Change, other: Change): boolean {
  if (change.successorId === null || change.after.provider !== other.after.provider) return false;
  const { provider, externalId } = other.after;
  return appointmentKey(provider, change.successorId) === appointmentKey(provider, externalId);
}

function isNewlyBooked(
  primary: StoredAppointment | null,
  rollUpBefore: RollUp,
  seen: { lost: readonly Change[]; targets: ReadonlySet<StoredAppointment>; now: Date },
): boolean {
  if (!primary || !isLive(primary, seen.now)) return false;
  if (!isLive(liveViewOf(rollUpBefore), seen.now)) return true;
  if (isNamedBy(rollUpBefore, primary) || seen.targets.has(primary)) return false;
  // The lead had a meeting ahead under another id. If that one was lost, this one merely remains.
  return !seen.lost.some(({ after }) => isNamedBy(rollUpBefore, after));
}

function liveViewOf(rollUp: RollUp) {
  return { status: rollUp.appointmentStatus, startAt: rollUp.appointmentStartAt, endAt: rollUp.appointmentEndAt };
}

function isNamedBy(rollUp: RollUp, { provider, externalId }: StoredAppointment): boolean {
  const name = provider === "GHL" ? rollUp.ghlAppointmentId : rollUp.calendlyInviteeUri;
  return name !== null && appointmentKey(provider, name) === appointmentKey(provider, externalId);
}

function byStart(a: Change, b: Change): number {
  return (a.after.startAt?.getTime() ?? 0) - (b.after.startAt?.getTime() ?? 0);
}
