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
  const rescheduled = oncePerTarget([
    ...moved.map(({ before, after }) => ({ from: before ?? after, to: after })),
    ...[...replaced].map(([from, to]) => ({ from: from.after, to: to.after })),
  ]).filter(({ to }) => isLive(to, now));
  const canceled = lost
    .filter((change) => !replaced.has(change))
    .map(({ before, after }): Transition => ({ kind: "canceled", before: before ?? after, hasAnother }));
  const targets = new Set(rescheduled.map(({ to }) => to));
  const booked = isNewlyBooked(primary, rollUpBefore, { changes, gone: [...moved, ...lost], targets, now });
  return [
    ...(primary && booked ? [{ kind: "booked", appointment: primary } as const] : []),
    ...rescheduled.map(({ from, to }): Transition => ({ kind: "rescheduled", from, to })),
    ...canceled,
  ];
}

/** Two meetings that became one were moved once, as far as the new start is concerned. */
function oncePerTarget<T extends { to: StoredAppointment }>(moves: readonly T[]): T[] {
  return moves.filter(({ to }, index) => moves.findIndex((other) => other.to === to) === index);
}

/** The same appointment at another time that is still to come. An approximate start made exact is no move. */
function hasMoved({ before, after }: Change, now: Date): boolean {
  if (before === null || !isLive(before, now) || !isLive(after, now)) return false;
  if (before.startAt === null || before.startApproximate !== after.startApproximate) return false;
  return !sameInstant(before.startAt, after.startAt);
}

/**
 * Which lost meeting was replaced by which: by the provider's link, else by what is new in the same observation. One
 * that was moved to a time that is over by now took place: it was not cancelled, and there is nothing to do about it.
 */
function pairWithSuccessors(lost: readonly Change[], changes: readonly Change[], now: Date): Map<Change, Change> {
  const pairs = new Map<Change, Change>();
  const inOrder = lost.toSorted(byStart);
  for (const change of inOrder) {
    const last = lastSuccessorOf(change, changes);
    if (!isCanceled(last.after.status)) pairs.set(change, last);
  }
  const taken = new Set(pairs.values());
  const isFresh = (change: Change) => change.before === null && isLive(change.after, now) && !taken.has(change);
  const fresh = changes.filter(isFresh).toSorted(byStart);
  for (const change of inOrder) {
    if (pairs.has(change)) continue;
    const next = fresh.shift();
    if (next) pairs.set(change, next);
  }
  return pairs;
}

/** Where the provider's links lead to in the end: a meeting may be moved more than once between two looks at it. */
function lastSuccessorOf(change: Change, changes: readonly Change[]): Change {
  const passed = new Set([change]);
  let last = change;
  for (;;) {
    const next = changes.find((other) => isSuccessor(last, other));
    if (next === undefined || passed.has(next)) return last;
    passed.add(next);
    last = next;
  }
}

/** Whether the provider says that `other` replaces this one. Nothing replaces itself. */
export function isSuccessor(change: Change, other: Change): boolean {
  if (change === other || change.successorId === null || change.after.provider !== other.after.provider) return false;
  const { provider, externalId } = other.after;
  return appointmentKey(provider, change.successorId) === appointmentKey(provider, externalId);
}

function isNewlyBooked(
  primary: StoredAppointment | null,
  rollUpBefore: RollUp,
  seen: {
    changes: readonly Change[];
    /** What does not take place when it was to. */
    gone: readonly Change[];
    targets: ReadonlySet<StoredAppointment>;
    now: Date;
  },
): boolean {
  if (!primary || !isLive(primary, seen.now)) return false;
  if (!isLive(liveViewOf(rollUpBefore), seen.now)) return true;
  if (isNamedBy(rollUpBefore, primary) || seen.targets.has(primary)) return false;
  // The lead had a meeting ahead under another id. If that one was lost or moved on, a known one merely remains.
  const remains = seen.changes.some(({ before, after }) => after === primary && before && isLive(before, seen.now));
  return !(remains && seen.gone.some(({ after }) => isNamedBy(rollUpBefore, after)));
}

function liveViewOf(rollUp: RollUp) {
  return { status: rollUp.appointmentStatus, startAt: rollUp.appointmentStartAt, endAt: rollUp.appointmentEndAt };
}

function isNamedBy(rollUp: RollUp, { provider, externalId }: StoredAppointment): boolean {
  const name = provider === "GHL" ? rollUp.ghlAppointmentId : rollUp.calendlyInviteeUri;
  return name !== null && appointmentKey(provider, name) === appointmentKey(provider, externalId);
}

/** By start, the unknown ones last; ties go to the smaller id, so that the order of a listing decides nothing. */
function byStart({ after: a }: Change, { after: b }: Change): number {
  const [startA, startB] = [a.startAt?.getTime() ?? Infinity, b.startAt?.getTime() ?? Infinity];
  if (startA !== startB) return startA < startB ? -1 : 1;
  return a.externalId < b.externalId ? -1 : 1;
}
