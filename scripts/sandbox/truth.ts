import type { AppointmentStatus } from "@/lib/appointment-reconcile/source";

/** An appointment as it truly is, in words that belong to neither provider. */
export interface TrueAppointment {
  /** GHL: the event id. Calendly: the invitee's URI. */
  externalId: string;
  status: AppointmentStatus;
  startAt: Date;
  endAt: Date;
  /** The provider knows nothing of it any more: who saw it before must call it cancelled, nobody else can know it. */
  removed: boolean;
}
