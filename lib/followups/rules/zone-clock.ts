import { Temporal } from "temporal-polyfill";
import { DAY_MS } from "@/lib/core/time";

/**
 * What clocks on the wall show, as milliseconds on a line of their own: a *wall* is the epoch that UTC would have at the
 * moment when it showed the same date and time. Days and times of day are plain arithmetic there; gaps and folds are
 * where the line jumps against the instants, and this file alone knows of them.
 */

/** A stretch of instants `[fromMs, untilMs)` over which a zone's clocks run on: `wall = instant + offsetMs`. */
interface Stretch {
  fromMs: number;
  untilMs: number;
  offsetMs: number;
}

/** The last and the first instant that a Date can hold. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;
/** The library looks three years ahead for a change of the clocks; where it finds none, it is asked again after one. */
const STRETCH_MS_MAX = 366 * DAY_MS;
/**
 * More stretches than any search here can need: what it looks for comes within days, and from 1970 to 2070 no zone changes
 * its clocks twice in six. It is there so that odd zone data costs an instant too early to use, never an endless loop.
 */
const STRETCHES_MAX = 16;
/** Zone names come from rows that anybody writes; all that there are, in one spelling, are fewer than this. */
const ZONES_MAX = 1000;

/** The stretch that each zone was last asked about: runs ask about now, again and again. */
const latestStretches = new Map<string, Stretch>();

/**
 * Whether this names a time zone that can be calculated with: an IANA name in any case, or an offset such as `+05:30`.
 * Never throws.
 */
export function isZone(name: string): boolean {
  if (latestStretches.has(name)) return true;
  try {
    // A time stamp with a zone or an offset in it would be taken for that zone; nobody means it so.
    return zoned(0, name).timeZoneId.toLowerCase() === name.toLowerCase();
  } catch {
    return false;
  }
}

/** What clocks in `zone` show at an instant. Throws a RangeError for a zone that `isZone` refuses. */
export function wallAt(atMs: number, zone: string): number {
  return atMs + stretchAt(atMs, zone).offsetMs;
}

/**
 * The first instant at or after `fromMs` whose wall satisfies what `nextWall` looks for: it answers with the first such
 * wall at or after the one it is given. Clocks that spring forward into the middle of it, or back into it, are seen.
 *
 * A handful of calculations, however far away the answer is. Throws a RangeError for a zone that `isZone` refuses.
 */
export function firstInstantAt(fromMs: number, zone: string, nextWall: (wall: number) => number): Date {
  let atMs = fromMs;
  for (let stretches = 0; stretches < STRETCHES_MAX; stretches++) {
    const { untilMs, offsetMs } = stretchAt(atMs, zone);
    const foundMs = nextWall(atMs + offsetMs) - offsetMs;
    if (foundMs < untilMs) return toDate(foundMs);
    atMs = untilMs;
  }
  return toDate(atMs);
}

function stretchAt(atMs: number, zone: string): Stretch {
  const latest = latestStretches.get(zone);
  if (latest && latest.fromMs <= atMs && atMs < latest.untilMs) return latest;
  const stretch = calculateStretch(atMs, zone);
  if (latestStretches.size >= ZONES_MAX) latestStretches.clear();
  latestStretches.set(zone, stretch);
  return stretch;
}

/** From the instant that was asked about: what was before it does not matter, and would have to be looked for. */
function calculateStretch(fromMs: number, zone: string): Stretch {
  const at = zoned(fromMs, zone);
  const change = at.getTimeZoneTransition("next")?.epochMilliseconds ?? Number.POSITIVE_INFINITY;
  const untilMs = Math.min(change, fromMs + STRETCH_MS_MAX);
  return { fromMs, untilMs, offsetMs: at.offsetNanoseconds / 1_000_000 };
}

function zoned(atMs: number, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(clamp(atMs)).toZonedDateTimeISO(zone);
}

function toDate(atMs: number): Date {
  return new Date(clamp(atMs));
}

function clamp(atMs: number): number {
  return Math.max(-INSTANT_MS_MAX, Math.min(INSTANT_MS_MAX, atMs));
}
