import { HOUR_MS } from "@/lib/core/time";
import type { AppointmentSourceName, RollUp, StoredAppointment } from "../records";
import type { Observation, ObservedAppointment, ProviderName } from "../source";
import { appointmentKey, isCanceled, isLive, lastSegment, sameInstant } from "./appointment";

/** One appointment before and after an observation. */
export interface Change {
  /** What was on record; null when it is seen for the first time. */
  before: StoredAppointment | null;
  after: StoredAppointment;
  /** The provider's own word for what replaces it. */
  successorId: string | null;
  /** The row has to be written. */
  dirty: boolean;
}

export interface MergeContext {
  provider: ProviderName;
  source: AppointmentSourceName;
  now: Date;
  newId(): string;
}

/**
 * Brings what is on record and what was observed together, one `Change` per appointment.
 *
 * Absence counts as a cancellation only beside a complete listing, and only for what was still to take place. A
 * cancellation beside a listing that lacks something waits for an hour: that may be where the meeting was moved to. What
 * is on record with a later provider time than the observation stays.
 */
export function mergeObservation(
  stored: { appointments: readonly StoredAppointment[]; rollUp: RollUp },
  observation: Observation,
  context: MergeContext,
): Change[] {
  const rows = new Map(stored.appointments.map((row) => [appointmentKey(row.provider, row.externalId), row]));
  const unwritten = new Set<StoredAppointment>();
  const named = appointmentOfRollUp(stored.rollUp, rows, observation, context);
  if (named) {
    rows.set(appointmentKey(named.provider, named.externalId), named);
    unwritten.add(named);
  }
  const observed = new Map(
    observation.items.map((item) => [appointmentKey(context.provider, item.externalId), item] as const),
  );
  const bookedAnew = [...observed].some(([key, item]) => !rows.has(key) && isLive(item, context.now));
  const mayHideBooking = observation.listed && !observation.complete && !bookedAnew;
  const seen = [...observed].map(([key, item]): Change => {
    const before = rows.get(key) ?? null;
    const waits = mayHideBooking && before !== null && isCanceledLately(before, item, context);
    const after = waits ? before : afterObservation(before, item, context);
    const dirty = before === null || unwritten.has(before) || !sameRow(before, after);
    return { before, after, successorId: item.successorId, dirty };
  });
  const unseen = [...rows]
    .filter(([key]) => !observed.has(key))
    .map(([, before]): Change => {
      const gone = isGone(before, observation, context);
      const after = gone ? canceledNow(before, context) : before;
      return { before, after, successorId: null, dirty: gone || (unwritten.has(before) && before.status !== null) };
    });
  return [...seen, ...unseen];
}

/** How long a cancellation waits for a listing that can be read: until the meeting is due to be asked about again. */
const CANCELLATION_WAITS_MS = HOUR_MS;

/** A meeting that was ahead is called off, the provider names none in its place, and that was a moment ago. */
function isCanceledLately(before: StoredAppointment, item: ObservedAppointment, { now }: MergeContext): boolean {
  if (!isLive(before, now) || !isCanceled(item.status) || item.successorId !== null) return false;
  return item.canceledAt !== null && Math.abs(now.getTime() - item.canceledAt.getTime()) < CANCELLATION_WAITS_MS;
}

function isGone(before: StoredAppointment, observation: Observation, { provider, now }: MergeContext): boolean {
  const awaited = isLive(before, now) || before.status === null;
  return observation.complete && before.provider === provider && awaited;
}

function canceledNow(before: StoredAppointment, { source, now }: MergeContext): StoredAppointment {
  return { ...before, status: "canceled", canceledAt: now, statusChangedAt: now, source };
}

/** The record of an appointment once this was observed of it. */
function afterObservation(
  before: StoredAppointment | null,
  item: ObservedAppointment,
  { provider, source, now, newId }: MergeContext,
): StoredAppointment {
  if (before?.providerUpdatedAt && item.providerUpdatedAt && before.providerUpdatedAt > item.providerUpdatedAt) {
    return before;
  }
  const times = timesOf(before, item);
  const sameStatus = before !== null && before.status === item.status;
  const sameTimes =
    before !== null && sameInstant(before.startAt, times.startAt) && sameInstant(before.endAt, times.endAt);
  const wasCanceled = before !== null && isCanceled(before.status);
  const canceled = isCanceled(item.status);
  return {
    id: before?.id ?? newId(),
    provider,
    externalId: before?.externalId ?? item.externalId,
    calendlyScheduledEventUri: before?.calendlyScheduledEventUri ?? item.calendlyScheduledEventUri,
    calendarId: item.calendarId ?? before?.calendarId ?? null,
    status: item.status,
    ...times,
    bookedAt: before?.bookedAt ?? item.bookedAt ?? now,
    canceledAt: canceled ? ((wasCanceled ? before.canceledAt : null) ?? item.canceledAt ?? now) : null,
    cancelReason: canceled ? (item.cancelReason ?? before?.cancelReason ?? null) : null,
    rescheduledFromId: before?.rescheduledFromId ?? null,
    statusChangedAt: sameStatus ? before.statusChangedAt : now,
    source: sameStatus && sameTimes ? before.source : source,
    providerUpdatedAt: item.providerUpdatedAt ?? before?.providerUpdatedAt ?? null,
  };
}

/** An approximate start says nothing against an exact one. */
function timesOf(before: StoredAppointment | null, item: ObservedAppointment) {
  const exactIsKnown = before !== null && before.startAt !== null && !before.startApproximate;
  if (before !== null && (item.startAt === null || (item.startApproximate && exactIsKnown))) {
    return { startAt: before.startAt, endAt: before.endAt, startApproximate: before.startApproximate };
  }
  return { startAt: item.startAt, endAt: item.endAt, startApproximate: item.startApproximate };
}

/**
 * Another program may have written the roll-up alone. What it says is then on record as surely as a row of its own,
 * and the row follows with this observation. Null where the two agree, as they do after every write of ours.
 */
function appointmentOfRollUp(
  rollUp: RollUp,
  rows: ReadonlyMap<string, StoredAppointment>,
  observation: Observation,
  { source, now, newId }: MergeContext,
): StoredAppointment | null {
  const name = nameOfRollUp(rollUp, observation);
  if (!name) return null;
  const said = {
    status: rollUp.appointmentStatus,
    startAt: rollUp.appointmentStartAt,
    endAt: rollUp.appointmentEndAt,
    canceledAt: rollUp.appointmentCanceledAt,
  };
  const row = rows.get(appointmentKey(name.provider, name.externalId));
  if (row) return said.status === null || sameRow(row, { ...row, ...said }) ? null : { ...row, ...said };
  return {
    id: newId(),
    ...name,
    calendlyScheduledEventUri: rollUp.calendlyScheduledEventUri,
    calendarId: null,
    ...said,
    startApproximate: false,
    bookedAt: rollUp.appointmentBookedAt,
    cancelReason: null,
    rescheduledFromId: null,
    statusChangedAt: rollUp.appointmentCanceledAt ?? rollUp.appointmentBookedAt ?? now,
    source: rollUp.appointmentSource ?? source,
    providerUpdatedAt: null,
  };
}

function nameOfRollUp(rollUp: RollUp, observation: Observation): { provider: ProviderName; externalId: string } | null {
  const ghl = rollUp.ghlAppointmentId && ({ provider: "GHL", externalId: rollUp.ghlAppointmentId } as const);
  const inviteeUri = rollUp.calendlyInviteeUri ?? inviteeOfEvent(rollUp.calendlyScheduledEventUri, observation);
  const calendly = inviteeUri && ({ provider: "CALENDLY", externalId: inviteeUri } as const);
  return (rollUp.appointmentProvider === "CALENDLY" ? calendly || ghl : ghl || calendly) || null;
}

/** A roll-up may know the event and not the invitee; the lead's own invitee of that event is the one meant. */
function inviteeOfEvent(eventUri: string | null, observation: Observation): string | null {
  if (eventUri === null) return null;
  const event = lastSegment(eventUri);
  const sameEvent = (item: ObservedAppointment) =>
    item.calendlyScheduledEventUri !== null && lastSegment(item.calendlyScheduledEventUri) === event;
  return observation.items.find(sameEvent)?.externalId ?? null;
}

function sameRow(a: StoredAppointment, b: StoredAppointment): boolean {
  return (
    a.externalId === b.externalId &&
    a.calendlyScheduledEventUri === b.calendlyScheduledEventUri &&
    a.calendarId === b.calendarId &&
    a.status === b.status &&
    a.startApproximate === b.startApproximate &&
    a.cancelReason === b.cancelReason &&
    sameInstant(a.startAt, b.startAt) &&
    sameInstant(a.endAt, b.endAt) &&
    sameInstant(a.bookedAt, b.bookedAt) &&
    sameInstant(a.canceledAt, b.canceledAt) &&
    sameInstant(a.providerUpdatedAt, b.providerUpdatedAt)
  );
}
