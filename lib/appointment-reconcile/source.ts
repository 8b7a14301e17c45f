/**
 * The port through which reconcile asks a provider about a lead. Providers implement it; this feature owns its words.
 */

export type ProviderName = "GHL" | "CALENDLY";

/** `rescheduled` is a cancellation that has, or had, a successor. */
export type AppointmentStatus = "confirmed" | "canceled" | "rescheduled" | "showed" | "no_show";

/** What there is to ask with, and what is known already. */
export interface LeadSubject {
  leadId: string;
  email: string | null;
  ghlContactId: string | null;
  ghlAppointmentId: string | null;
  calendlyInviteeUri: string | null;
  calendlyScheduledEventUri: string | null;
  /** The appointments on record, so that a source need not read again what cannot have changed. */
  known: KnownAppointment[];
}

export interface KnownAppointment {
  externalId: string;
  calendlyScheduledEventUri: string | null;
  status: AppointmentStatus | null;
  startAt: Date | null;
  endAt: Date | null;
}

export interface ObservedAppointment {
  /** GHL: the event id. Calendly: the invitee's URI. */
  externalId: string;
  calendlyScheduledEventUri: string | null;
  calendarId: string | null;
  status: AppointmentStatus;
  startAt: Date | null;
  endAt: Date | null;
  /** The start came without a zone and was read in the location's. */
  startApproximate: boolean;
  /** When the provider says it was booked; null where it does not say. */
  bookedAt: Date | null;
  /** When the provider says it was cancelled; null where it does not say or it is not. */
  canceledAt: Date | null;
  cancelReason: string | null;
  providerUpdatedAt: Date | null;
  /** The externalId of the appointment that replaces this one, where the provider links them. */
  successorId: string | null;
}

export interface Observation {
  /** What the provider says now. An appointment it named but would not tell about is left out. */
  items: ObservedAppointment[];
  /** There was something to list by. Where that listing is not complete, it may hide an appointment. */
  listed: boolean;
  /** The listing was read to its end and lost no row: only then does absence mean something. */
  complete: boolean;
  /** Rows that could not be read, skipped and counted. */
  oddRows: number;
  /** The GHL contact, where it was found by e-mail or through the appointment rather than known. */
  foundContactId: string | null;
}

export interface AppointmentSource {
  readonly provider: ProviderName;
  /**
   * Everything the provider knows of a lead's appointments.
   *
   * A 404 for a single appointment is no failure: it is left out of `items`. Throws `ProviderError` when the provider
   * could not be asked, and the signal's reason when cut off.
   */
  observe(subject: LeadSubject, signal: AbortSignal): Promise<Observation>;
}
