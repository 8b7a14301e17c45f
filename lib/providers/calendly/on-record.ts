import type { KnownAppointment, LeadSubject, ObservedAppointment } from "@/lib/appointment-reconcile/source";
import { asRecorded, type Spelling } from "./observed";
import { type InviteeRef, readInviteeRef } from "./uris";
import type { CalendlyEvent } from "./wire";

/** What is on record of the lead at Calendly. */
export interface OnRecord {
  stored: InviteeRef | null;
  known: { ref: InviteeRef; appointment: KnownAppointment }[];
  /** To be found, by the listing or else one by one: the stored invitee, and each that is confirmed on record. */
  expected: InviteeRef[];
  spelling: Spelling;
}

/** Sorts what is on record, whichever spelling its URIs have. */
export function readOnRecord(subject: LeadSubject): OnRecord {
  const stored = readInviteeRef(subject.calendlyInviteeUri, subject.calendlyScheduledEventUri);
  // Appointments of another provider may be on record too; their ids are no invitees' URIs.
  const known = subject.known.flatMap((appointment) => {
    const ref = readInviteeRef(appointment.externalId, appointment.calendlyScheduledEventUri);
    return ref === null ? [] : [{ ref, appointment }];
  });
  const confirmed = known.filter(({ appointment }) => appointment.status === "confirmed").map(({ ref }) => ref);
  const spellings = new Map(known.map(({ ref, appointment }) => [ref.inviteeUuid, appointment.externalId]));
  return {
    stored,
    known,
    expected: stored === null ? confirmed : [stored, ...confirmed],
    spelling: (uri, inviteeUuid) => spellings.get(inviteeUuid) ?? uri,
  };
}

/** The invitees on record of a cancelled meeting, if all of them are cancelled there too; else none. */
export function settledInvitees({ known }: OnRecord, event: CalendlyEvent): [string, ObservedAppointment][] {
  if (!event.canceled) return [];
  const invitees = known.filter(({ ref }) => ref.eventUuid === event.uuid);
  const settled = invitees.flatMap(({ ref, appointment }): [string, ObservedAppointment][] => {
    const { status } = appointment;
    if (status !== "canceled" && status !== "rescheduled") return [];
    return [[ref.inviteeUuid, asRecorded(appointment, status, event)]];
  });
  return settled.length === invitees.length ? settled : [];
}
