import type { ObservedAppointment } from "@/lib/appointment-reconcile/source";
import { atWallClock, type WireTime } from "../times";
import type { GhlAppointment } from "./wire";

/** What was told about one appointment: by the event itself, by its row in the contact's list, or by both. */
export interface Told {
  event: GhlAppointment | null;
  row: GhlAppointment | null;
}

/** Whether the meeting's times cannot be known without the location's zone. */
export function needsTimeZone(told: Told): boolean {
  return bestTime(told, "startTime")?.kind === "local" || bestTime(told, "endTime")?.kind === "local";
}

/**
 * The appointment in neutral words. The event is believed before the row, and a time with an offset before one without;
 * the latter are read in `timeZone`, or left out without one. A deletion counts whoever tells of it.
 */
export function toObserved(id: string, told: Told, timeZone: string | null): ObservedAppointment {
  const { event, row } = told;
  const deleted = event?.deleted || row?.deleted;
  const status = deleted ? "canceled" : (event?.status ?? row?.status ?? "confirmed");
  const instant = (field: TimeField) => toInstant(bestTime(told, field), timeZone);
  const startAt = instant("startTime");
  const updatedAt = instant("dateUpdated");
  return {
    externalId: id,
    calendlyScheduledEventUri: null,
    calendarId: event?.calendarId ?? row?.calendarId ?? null,
    status,
    startAt,
    endAt: instant("endTime"),
    startApproximate: startAt !== null && bestTime(told, "startTime")?.kind === "local",
    bookedAt: instant("dateAdded"),
    canceledAt: status === "canceled" ? updatedAt : null,
    cancelReason: null,
    providerUpdatedAt: updatedAt,
    successorId: null,
  };
}

/** Whether this telling says that it will not take place. */
export function isCanceled({ deleted, status }: GhlAppointment): boolean {
  return deleted || status === "canceled";
}

type TimeField = "startTime" | "endTime" | "dateAdded" | "dateUpdated";

function bestTime({ event, row }: Told, field: TimeField): WireTime | null {
  const times = [event?.[field], row?.[field]];
  return times.find((time) => time?.kind === "instant") ?? times.find((time) => time?.kind === "local") ?? null;
}

function toInstant(time: WireTime | null, timeZone: string | null): Date | null {
  if (time === null) return null;
  if (time.kind === "instant") return time.at;
  return timeZone === null ? null : atWallClock(time.clock, timeZone);
}
