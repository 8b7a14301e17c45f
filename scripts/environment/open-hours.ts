import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { clockAt, dayAt, type OfficeHours, UTC_OFFSETS_HOURS, windowBegan } from "./calendar";

/**
 * So long before and after now nothing changes where the hours are open: a demo neither begins nor ends within, and what
 * was sent a moment ago was sent today.
 */
export const STEADY_MS = 20 * MINUTE_MS;

/** All day. And, since a Friday's evening lasts until Saturday's: all day but for half an hour. */
const HOURS = [
  { workStartTime: "00:00", workEndTime: "00:00" },
  { workStartTime: "23:30", workEndTime: "23:00" },
];

/**
 * Hours that are open now, whenever that is, at a place where it is as far from midnight as can be. Where it is weekend
 * everywhere, it is a Saturday somewhere that the window of Friday evening reaches into: no instant is without a place.
 */
export function chooseOpenHours(now: Date): OfficeHours {
  const [earlier, later] = [now.getTime() - STEADY_MS, now.getTime() + STEADY_MS];
  const instants = [new Date(earlier), now, new Date(later)];
  const places = HOURS.flatMap((hours) =>
    UTC_OFFSETS_HOURS.toSorted((a, b) => hoursFromNoon(now, a) - hoursFromNoon(now, b)).map((utcOffsetHours) => ({
      ...hours,
      utcOffsetHours,
    })),
  );
  const isSteady = (place: OfficeHours) =>
    new Set(instants.map((at) => dayAt(at, place))).size === 1 &&
    new Set(instants.map((at) => windowBegan(at, place)?.getTime() ?? null)).size === 1;
  const open = places.find((place) => windowBegan(now, place) !== null && isSteady(place));
  if (!open) throw new Error(`nowhere may anybody be written to at ${now.toISOString()}`);
  return open;
}

/** From eight to nine in the evening: offices have been closed for hours, and no day ends soon. */
const EVENING_HOUR = 20;

/** Where it is evening now, as hours from UTC: between -12 and 11. */
export function chooseEvening(now: Date): number {
  const ahead = (EVENING_HOUR - now.getUTCHours() + 24) % 24;
  return ahead < 12 ? ahead : ahead - 24;
}

function hoursFromNoon(now: Date, utcOffsetHours: number): number {
  const clock = clockAt(now, utcOffsetHours);
  const sinceMidnightMs = clock.getUTCHours() * HOUR_MS + clock.getUTCMinutes() * MINUTE_MS;
  return Math.abs(sinceMidnightMs / HOUR_MS - 12);
}
