import type { AppointmentStatus, ProviderName } from "../source";

/** Words about one appointment that every other rule uses. */

interface Times {
  startAt: Date | null;
  endAt: Date | null;
}

/** Ended: its end, or else its start, is past. Without either nobody can say so. */
export function hasEnded(times: Times, now: Date): boolean {
  const end = times.endAt ?? times.startAt;
  return end !== null && end <= now;
}

/** A rescheduled one counts as cancelled: what replaced it is another appointment. */
export function isCanceled(status: AppointmentStatus | null): boolean {
  return status === "canceled" || status === "rescheduled";
}

/** A meeting that is going to take place: confirmed, and not ended. */
export function isLive(appointment: Times & { status: AppointmentStatus | null }, now: Date): boolean {
  return appointment.status === "confirmed" && !hasEnded(appointment, now);
}

/**
 * What identifies an appointment, whatever the spelling. Calendly's URIs come with more than one host in front of the
 * same uuid.
 */
export function appointmentKey(provider: ProviderName, externalId: string): string {
  return provider === "GHL" ? `GHL ${externalId}` : `CALENDLY ${lastSegment(externalId)}`;
}

/** The uuid at the end of a Calendly URI. */
export function lastSegment(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}

export function sameInstant(a: Date | null, b: Date | null): boolean {
  return a?.getTime() === b?.getTime();
}
