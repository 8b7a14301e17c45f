import type { AppointmentStatus, KnownAppointment, ObservedAppointment } from "@/lib/appointment-reconcile/source";
import type { CalendlyEvent, CalendlyInvitee } from "./wire";

/** The spelling of a URI that is on record already, or the URI as it came. */
export type Spelling = (uri: string, inviteeUuid: string) => string;

/** What an invitee and its meeting say, in neutral words. `event` is null if the meeting could not be found. */
export function toObserved(
  invitee: CalendlyInvitee,
  event: CalendlyEvent | null,
  spelling: Spelling,
): ObservedAppointment {
  const status = statusOf(invitee, event);
  const canceled = status === "canceled" || status === "rescheduled";
  // Where only the meeting is cancelled, the invitee's own times tell of the booking.
  const tellsOfEnd = invitee.canceled || invitee.successor !== null ? invitee : (event ?? invitee);
  const { successor } = invitee;
  return {
    externalId: spelling(invitee.uri, invitee.ref.inviteeUuid),
    calendlyScheduledEventUri: event?.uri ?? null,
    calendarId: null,
    status,
    startAt: event?.startAt ?? null,
    endAt: event?.endAt ?? null,
    startApproximate: false,
    bookedAt: invitee.createdAt,
    canceledAt: canceled ? tellsOfEnd.updatedAt : null,
    cancelReason: canceled ? (invitee.cancelReason ?? event?.cancelReason ?? null) : null,
    providerUpdatedAt: invitee.updatedAt,
    successorId: successor && spelling(successor.uri, successor.ref.inviteeUuid),
  };
}

/** One that is on record as cancelled and whose meeting still is: nothing of it is asked, and nothing of it changes. */
export function asRecorded(
  known: KnownAppointment,
  status: AppointmentStatus,
  event: CalendlyEvent,
): ObservedAppointment {
  return {
    externalId: known.externalId,
    calendlyScheduledEventUri: known.calendlyScheduledEventUri ?? event.uri,
    calendarId: null,
    status,
    startAt: event.startAt ?? known.startAt,
    endAt: event.endAt ?? known.endAt,
    startApproximate: false,
    bookedAt: null,
    canceledAt: null,
    cancelReason: null,
    providerUpdatedAt: null,
    successorId: null,
  };
}

/** The invitee decides. Only when the meeting itself is off does that hold for an invitee that says nothing of it. */
function statusOf(invitee: CalendlyInvitee, event: CalendlyEvent | null): AppointmentStatus {
  if (invitee.successor !== null) return "rescheduled";
  if (invitee.canceled || event?.canceled) return "canceled";
  return invitee.noShow ? "no_show" : "confirmed";
}
