import type { ProviderCredentials } from "./rules/provider-choice";
import type { AppointmentStatus, KnownAppointment, LeadSubject, ProviderName } from "./source";

/** What the reconcile feature keeps: the rows of contract §5, as its rules see them. */

export type AppointmentSourceName = "webhook" | "reconcile_cron" | "backfill" | "manual";

export interface StoredAppointment {
  id: string;
  provider: ProviderName;
  externalId: string;
  calendlyScheduledEventUri: string | null;
  calendarId: string | null;
  /** Null only for one that a lead's roll-up names without a status, and that has no row of its own yet. */
  status: AppointmentStatus | null;
  startAt: Date | null;
  endAt: Date | null;
  startApproximate: boolean;
  bookedAt: Date | null;
  canceledAt: Date | null;
  cancelReason: string | null;
  rescheduledFromId: string | null;
  statusChangedAt: Date;
  source: AppointmentSourceName;
  providerUpdatedAt: Date | null;
}

/** A workspace with all that is needed to ask its provider. */
export interface Workspace {
  id: string;
  provider: ProviderName;
  credentials: ProviderCredentials;
  timezone: string;
  circuit: { outcomes: boolean[]; openUntil: Date | null };
}

/** The lead's copy of its primary appointment. */
export interface RollUp {
  ghlAppointmentId: string | null;
  calendlyInviteeUri: string | null;
  calendlyScheduledEventUri: string | null;
  appointmentProvider: ProviderName | null;
  appointmentStatus: AppointmentStatus | null;
  appointmentStartAt: Date | null;
  appointmentEndAt: Date | null;
  appointmentBookedAt: Date | null;
  appointmentCanceledAt: Date | null;
  appointmentSource: AppointmentSourceName | null;
}

export interface LeadRecord {
  id: string;
  clientId: string;
  email: string | null;
  ghlContactId: string | null;
  lastCheckedAt: Date | null;
  /** Failed checks in a row. */
  checkFailures: number;
  rollUp: RollUp;
  appointments: StoredAppointment[];
  /** Another, older lead of the workspace answers to the same contact or e-mail: the meetings are that lead's. */
  hasOlderTwin: boolean;
}

/** What a provider needs to know in order to be asked about a lead. */
export function subjectOf(lead: LeadRecord): LeadSubject {
  const { ghlAppointmentId, calendlyInviteeUri, calendlyScheduledEventUri } = lead.rollUp;
  return {
    leadId: lead.id,
    email: lead.email,
    ghlContactId: lead.ghlContactId,
    ghlAppointmentId,
    calendlyInviteeUri,
    calendlyScheduledEventUri,
    known: lead.appointments.map((row): KnownAppointment => row),
  };
}

/** Whether there is anything to ask this provider with. */
export function canBeAsked(lead: LeadRecord, provider: ProviderName): boolean {
  if (lead.email !== null) return true;
  return provider === "GHL"
    ? lead.ghlContactId !== null || lead.rollUp.ghlAppointmentId !== null
    : lead.rollUp.calendlyInviteeUri !== null;
}
