/** A second way to read clocks, to judge the first by: Intl alone, a reading at a time. */

export interface Reading {
  /** YYYY-MM-DD */
  day: string;
  /** 0 is Monday. */
  weekday: number;
  /** Since midnight. */
  minutes: number;
}

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const formatterByZone = new Map<string, Intl.DateTimeFormat>();

/** What clocks and calendars in a zone show. Throws for an unknown zone. */
export function readClocks(atMs: number, zone: string): Reading {
  const text = formatterOf(zone).format(atMs);
  const [, weekday = "", month = "", day = "", year = "", hour = "", minute = ""] =
    /^(\w+), (\d+)\/(\d+)\/(\d+), (\d+):(\d+)$/.exec(text) ?? [];
  const date = [year.padStart(4, "0"), month.padStart(2, "0"), day.padStart(2, "0")].join("-");
  return { day: date, weekday: WEEKDAYS.indexOf(weekday), minutes: Number(hour) * 60 + Number(minute) };
}

/** Minutes since midnight, whole ones. An end at or before the start is on the day after. */
export interface Hours {
  start: number;
  end: number;
}

/** Whether clocks show a time of a window, from its definition. */
export function isInside(atMs: number, zone: string, { start, end }: Hours): boolean {
  const { weekday, minutes } = readClocks(atMs, zone);
  const [isWorkday, wasWorkday] = [weekday <= 4, weekday >= 1 && weekday <= 5];
  if (start < end) return isWorkday && minutes >= start && minutes < end;
  return (isWorkday && minutes >= start) || (wasWorkday && minutes < end);
}

export function clockTime(minutes: number): string {
  return [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** The instants of a year, to the minute, at which a zone's clocks stop running on. */
export function findChanges(zone: string, year: number): number[] {
  const days = Array.from({ length: 367 }, (_, day) => Date.UTC(year, 0, day));
  return days.flatMap((from, index) => {
    const until = days[index + 1];
    return until === undefined || offsetOf(from, zone) === offsetOf(until, zone) ? [] : [narrow(from, until, zone)];
  });
}

function narrow(from: number, until: number, zone: string): number {
  if (until - from <= 60_000) return until;
  const middle = from + Math.floor((until - from) / 120_000) * 60_000;
  return offsetOf(middle, zone) === offsetOf(from, zone) ? narrow(middle, until, zone) : narrow(from, middle, zone);
}

function offsetOf(atMs: number, zone: string): number {
  const { day, minutes } = readClocks(atMs, zone);
  return Date.parse(`${day}T00:00:00Z`) + minutes * 60_000 - atMs;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatterByZone.get(zone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  formatterByZone.set(zone, formatter);
  return formatter;
}
