import type { RollUp, StoredAppointment } from "../records";
import { hasEnded, isCanceled, sameInstant } from "./appointment";

/**
 * The primary appointment: among those not cancelled the next that has not ended, by start; else the latest not
 * cancelled; else the latest. Ties go to the smaller external id, so that every process chooses the same.
 */
export function choosePrimary(appointments: readonly StoredAppointment[], now: Date): StoredAppointment | null {
  const known = appointments.filter((row) => row.status !== null);
  const standing = known.filter((row) => !isCanceled(row.status));
  const ahead = standing.filter((row) => !hasEnded(row, now));
  return first(ahead, byStart) ?? first(standing, byStartDescending) ?? first(known, byStartDescending) ?? null;
}

/** The copy that a lead without any appointment has. */
export const NO_ROLL_UP: RollUp = {
  ghlAppointmentId: null,
  calendlyInviteeUri: null,
  calendlyScheduledEventUri: null,
  appointmentProvider: null,
  appointmentStatus: null,
  appointmentStartAt: null,
  appointmentEndAt: null,
  appointmentBookedAt: null,
  appointmentCanceledAt: null,
  appointmentSource: null,
};

/** The lead's copy of its primary appointment: that provider's ids, and nothing of the other's. */
export function rollUpOf(primary: StoredAppointment): RollUp {
  const ghl = primary.provider === "GHL";
  return {
    ghlAppointmentId: ghl ? primary.externalId : null,
    calendlyInviteeUri: ghl ? null : primary.externalId,
    calendlyScheduledEventUri: ghl ? null : primary.calendlyScheduledEventUri,
    appointmentProvider: primary.provider,
    appointmentStatus: primary.status,
    appointmentStartAt: primary.startAt,
    appointmentEndAt: primary.endAt,
    appointmentBookedAt: primary.bookedAt,
    appointmentCanceledAt: primary.canceledAt,
    appointmentSource: primary.source,
  };
}

export function sameRollUp(a: RollUp, b: RollUp): boolean {
  return (
    a.ghlAppointmentId === b.ghlAppointmentId &&
    a.calendlyInviteeUri === b.calendlyInviteeUri &&
    a.calendlyScheduledEventUri === b.calendlyScheduledEventUri &&
    a.appointmentProvider === b.appointmentProvider &&
    a.appointmentStatus === b.appointmentStatus &&
    a.appointmentSource === b.appointmentSource &&
    sameInstant(a.appointmentStartAt, b.appointmentStartAt) &&
    sameInstant(a.appointmentEndAt, b.appointmentEndAt) &&
    sameInstant(a.appointmentBookedAt, b.appointmentBookedAt) &&
    sameInstant(a.appointmentCanceledAt, b.appointmentCanceledAt)
  );
}

type Order = (a: StoredAppointment, b: StoredAppointment) => number;

/** An unknown start is after every known one where the next is sought, and before every known one for the latest. */
const byStart: Order = (a, b) => compare(a.startAt?.getTime() ?? Infinity, b.startAt?.getTime() ?? Infinity);
const byStartDescending: Order = (a, b) =>
  compare(b.startAt?.getTime() ?? -Infinity, a.startAt?.getTime() ?? -Infinity);

function first(rows: StoredAppointment[], order: Order): StoredAppointment | undefined {
  return rows.toSorted((a, b) => order(a, b) || compare(a.externalId, b.externalId))[0];
}

function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
