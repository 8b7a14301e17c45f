import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";

/**
 * Send hours on a calendar whose clocks never change, worked out by counting minutes: slow, and independent of the code
 * that it is compared with.
 */

/** When a workspace writes to people, at a fixed distance from UTC. Times as its row has them, HH:MM. */
export interface OfficeHours {
  utcOffsetHours: number;
  workStartTime: string;
  workEndTime: string;
}

/** The distances from UTC, in whole hours, at which there is a zone without summer time. */
export const UTC_OFFSETS_HOURS: readonly number[] = Array.from({ length: 27 }, (_, index) => index - 12);

/** The zone's name. In these names the sign is the other way round. */
export function zoneAt(utcOffsetHours: number): string {
  if (utcOffsetHours === 0) return "Etc/UTC";
  return `Etc/GMT${utcOffsetHours > 0 ? "-" : "+"}${Math.abs(utcOffsetHours)}`;
}

/** The instant whose UTC reading is what clocks show there: to be read with `getUTC…` alone. */
export function clockAt(at: Date, utcOffsetHours: number): Date {
  return new Date(at.getTime() + utcOffsetHours * HOUR_MS);
}

/** When the window began that an instant lies in, or null: Monday to Friday, a window counts to the day it begins on. */
export function windowBegan(at: Date, hours: OfficeHours): Date | null {
  const clock = clockAt(at, hours.utcOffsetHours).getTime();
  const [startMs, endMs] = [readTime(hours.workStartTime), readTime(hours.workEndTime)];
  const lastsMs = endMs > startMs ? endMs - startMs : endMs + DAY_MS - startMs;
  const midnight = Math.floor(clock / DAY_MS) * DAY_MS;
  const began = [midnight, midnight - DAY_MS]
    .map((day) => new Date(day + startMs))
    .find((start) => !isWeekend(start) && start.getTime() <= clock && clock < start.getTime() + lastsMs);
  return began ? new Date(began.getTime() - hours.utcOffsetHours * HOUR_MS) : null;
}

/** The instant itself where it lies in a window, else the whole minute at which the next one begins. */
export function nextOpening(at: Date, hours: OfficeHours): Date {
  if (windowBegan(at, hours)) return at;
  return findMinute(at, (minute) => windowBegan(minute, hours) !== null);
}

/** When a lead who was written to at this instant may be written to again: on another day, and in another window. */
export function nextOpeningAfterTouch(touchedAt: Date, now: Date, hours: OfficeHours): Date {
  const today = dayAt(now, hours);
  const used = windowBegan(touchedAt, hours)?.getTime();
  return findMinute(now, (minute) => {
    const began = windowBegan(minute, hours);
    return began !== null && began.getTime() !== used && dayAt(minute, hours) > today;
  });
}

/** Days since 1970-01-01 on the calendar there. */
export function dayAt(at: Date, { utcOffsetHours }: Pick<OfficeHours, "utcOffsetHours">): number {
  return Math.floor(clockAt(at, utcOffsetHours).getTime() / DAY_MS);
}

/** No window is further away than a weekend and the days around it. */
const LOOKED_AHEAD_MS = 8 * DAY_MS;

function findMinute(after: Date, isIt: (minute: Date) => boolean): Date {
  const first = Math.floor(after.getTime() / MINUTE_MS + 1) * MINUTE_MS;
  for (let at = first; at < first + LOOKED_AHEAD_MS; at += MINUTE_MS) {
    const minute = new Date(at);
    if (isIt(minute)) return minute;
  }
  throw new Error("there is no window in the next days");
}

function isWeekend(clock: Date): boolean {
  return clock.getUTCDay() === 0 || clock.getUTCDay() === 6;
}

function readTime(text: string): number {
  const [hours = 0, minutes = 0] = text.split(":").map(Number);
  return hours * HOUR_MS + minutes * MINUTE_MS;
}
