import { Temporal } from "temporal-polyfill";

/** A time as a provider wrote it: an instant, or what a wall clock shows in a zone that it does not name. */
export type WireTime = { kind: "instant"; at: Date } | { kind: "local"; clock: Temporal.PlainDateTime };

/** Date, time of day, and perhaps an offset: the ISO forms that the providers use, with a `T` or with a blank. */
const ISO_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;
/** How nearly all of them are written. Up to the 28th the platform's own parser, far quicker, knows the calendar as well. */
const USUAL_INSTANT =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
/** Seconds since 1970 reach this in the year 5138, milliseconds did in 1973: above it a number is milliseconds. */
const EPOCH_MS_MIN = 100_000_000_000;
/** Outside of these years a time is a mistake (0, year 1, a wrong unit), and PostgreSQL need not learn of it. */
const PLAUSIBLE_FROM_MS = Date.UTC(2000, 0, 1);
const PLAUSIBLE_UNTIL_MS = Date.UTC(2200, 0, 1);

/**
 * Reads an ISO time with an offset, `Z` or neither, or an epoch in seconds or milliseconds (also as digits in a string).
 * Null for everything else: empty, of a wrong type, not on the calendar, or in a year that cannot be meant.
 */
export function readTime(value: unknown): WireTime | null {
  if (typeof value === "number") return readEpoch(value);
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (/^\d{9,13}$/.test(text)) return readEpoch(Number(text));
  const iso = ISO_TIME.exec(text);
  if (iso === null) return null;
  return iso[1] === undefined ? readWallClock(text) : readOffsetTime(text);
}

/** Like `readTime`, for those who have no zone to offer: a time without an offset is null. */
export function readInstant(value: unknown): Date | null {
  const time = readTime(value);
  return time?.kind === "instant" ? time.at : null;
}

/**
 * The instant at which a wall clock in `timeZone` shows this. Where clocks spring forward past it, the time is counted on
 * from before the change (02:30 is 03:30); where it happens twice, the first time is meant.
 *
 * Throws a RangeError for a zone that `isTimeZone` refuses.
 */
export function atWallClock(clock: Temporal.PlainDateTime, timeZone: string): Date {
  return new Date(clock.toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds);
}

/** Whether this names a time zone that can be calculated with. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

function readEpoch(value: number): WireTime | null {
  return plausibleInstant(Math.trunc(Math.abs(value) < EPOCH_MS_MIN ? value * 1000 : value));
}

function readOffsetTime(text: string): WireTime | null {
  if (USUAL_INSTANT.test(text)) return plausibleInstant(Date.parse(text));
  try {
    return plausibleInstant(Temporal.Instant.from(text).epochMilliseconds);
  } catch {
    return null;
  }
}

function readWallClock(text: string): WireTime | null {
  try {
    const clock = Temporal.PlainDateTime.from(text, { overflow: "reject" });
    // Whatever its zone, it is that year somewhere.
    return isPlausible(Date.UTC(clock.year, clock.month - 1, clock.day)) ? { kind: "local", clock } : null;
  } catch {
    return null;
  }
}

function plausibleInstant(epochMs: number): WireTime | null {
  return isPlausible(epochMs) ? { kind: "instant", at: new Date(epochMs) } : null;
}

function isPlausible(epochMs: number): boolean {
  return epochMs >= PLAUSIBLE_FROM_MS && epochMs < PLAUSIBLE_UNTIL_MS;
}
