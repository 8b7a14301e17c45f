import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";

/** When somebody may be written to, as milliseconds after the midnight with which a day begins. */
export interface WorkHours {
  startMs: number;
  /** At or before the start: on the day after. */
  endMs: number;
}

/** One day's window on the line of walls, `[startWall, endWall)`. */
export interface DayWindow {
  startWall: number;
  endWall: number;
}

/** The database's own defaults of `Client.workStartTime` and `Client.workEndTime`. */
const DEFAULT_HOURS: WorkHours = { startMs: 9 * HOUR_MS, endMs: 17 * HOUR_MS };

/** `9:00`, `09:00`, and `09:00:00` as a time column prints it. The hour ends at 23: there is no 24:00. */
const CLOCK_TIME = /^([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?$/;

/** 1970-01-01 was a Thursday, three days after a Monday. */
const EPOCH_WEEKDAY = 3;
const FRIDAY = 4;
/** From a Friday evening, the Monday after it is the third day on. */
const DAYS_TO_NEXT_WINDOW_MAX = 3;

/**
 * A workspace's hours from what its row says. Other programs write it, so nothing is refused: a time that is none ("9am",
 * "24:00", "") is the default of 09:00 or 17:00; where that would leave a window that ends before it starts, both are.
 */
export function readWorkHours(workStartTime: string, workEndTime: string): WorkHours {
  const [startMs, endMs] = [readClockTime(workStartTime), readClockTime(workEndTime)];
  if (startMs !== null && endMs !== null) return { startMs, endMs };
  const mended = { startMs: startMs ?? DEFAULT_HOURS.startMs, endMs: endMs ?? DEFAULT_HOURS.endMs };
  return mended.startMs < mended.endMs ? mended : DEFAULT_HOURS;
}

/**
 * The window that a wall lies in, or null. Windows belong to the weekday on which they start, Monday to Friday: one that
 * runs past midnight on a Friday ends on Saturday morning. Hours that end when they start last for 24.
 */
export function windowAt(wall: number, hours: WorkHours): DayWindow | null {
  const day = Math.floor(wall / DAY_MS);
  const windows = [windowOf(day - 1, hours), windowOf(day, hours)];
  return windows.find((window) => window !== null && window.startWall <= wall && wall < window.endWall) ?? null;
}

/** The first wall at or after this one that lies in a window. */
export function nextWallInWindow(wall: number, hours: WorkHours): number {
  if (windowAt(wall, hours)) return wall;
  const day = Math.floor(wall / DAY_MS);
  for (let ahead = 0; ahead <= DAYS_TO_NEXT_WINDOW_MAX; ahead++) {
    const window = windowOf(day + ahead, hours);
    if (window && window.startWall >= wall) return window.startWall;
  }
  return Number.POSITIVE_INFINITY;
}

function windowOf(day: number, { startMs, endMs }: WorkHours): DayWindow | null {
  if (weekdayOf(day) > FRIDAY) return null;
  const lastsMs = endMs > startMs ? endMs - startMs : endMs - startMs + DAY_MS;
  const startWall = day * DAY_MS + startMs;
  return { startWall, endWall: startWall + lastsMs };
}

/** 0 is Monday. Days are counted from the epoch, and may be before it. */
function weekdayOf(day: number): number {
  return (((day + EPOCH_WEEKDAY) % 7) + 7) % 7;
}

function readClockTime(text: string): number | null {
  const [, hour, minute] = CLOCK_TIME.exec(text.trim()) ?? [];
  return hour === undefined ? null : Number(hour) * HOUR_MS + Number(minute) * MINUTE_MS;
}
