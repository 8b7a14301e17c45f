import { PEOPLE_OWNED_STATUSES } from "@/lib/core/lead-status";

/**
 * What stops a lead's follow-ups, in words of one row each. The statements that claim, re-check and complete say the same
 * in SQL; this is what they mean.
 */

export interface BookedFacts {
  status: string;
  /** The end and the start of the meeting that the lead's roll-up shows. */
  appointmentEndAt: Date | null;
  appointmentStartAt: Date | null;
}

/**
 * Booked, as far as an instance is concerned: the lead has a meeting, and the instance was to bring one about. A sequence
 * for after the booking is not stopped by it, and neither is one that started when the meeting was over. A meeting whose
 * end is not known ends with its start; without that, it counts as ahead.
 */
export function isBooked(lead: BookedFacts, instance: { triggerOn: string | null; startedAt: Date }): boolean {
  if (lead.status !== "meeting-booked" || instance.triggerOn === "meeting_selected") return false;
  const endsAt = lead.appointmentEndAt ?? lead.appointmentStartAt;
  return endsAt === null || instance.startedAt < endsAt;
}

/** Somebody turned follow-ups off for this lead, or gave it a status that no machine touches. */
export function isOptedOut(lead: { autoFollowUpEnabled: boolean; status: string }): boolean {
  return !lead.autoFollowUpEnabled || PEOPLE_OWNED_STATUSES.includes(lead.status);
}

/**
 * For a lead's `snoozedUntil` and a workspace's `followUpsPausedUntil`: over at that very instant. An `infinity` of the
 * database is an invalid Date here, and never over.
 */
export function isUntilLater(until: Date | null, now: Date): boolean {
  return until !== null && !(until <= now);
}
