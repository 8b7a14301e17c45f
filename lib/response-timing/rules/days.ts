import { Temporal } from "temporal-polyfill";

/** A day of a calendar, and from when on it counts here. */
export interface Day {
  /** As in 2030-03-04. */
  date: string;
  startsAt: Date;
}

/**
 * The days of the calendar in `timeZone` that have a part in the time from `from` to before `to`, in order. The first
 * begins at `from`; a day on which clocks change is as long as it is. A zone that nobody knows is read as UTC.
 */
export function daysBetween(from: Date, to: Date, timeZone: string): Day[] {
  if (from >= to) return [];
  const start = Temporal.Instant.fromEpochMilliseconds(from.getTime()).toZonedDateTimeISO(knownZone(timeZone));
  const days: Day[] = [{ date: start.toPlainDate().toString(), startsAt: from }];
  for (let count = 1; ; count++) {
    // A day begins where its clock does, which is not midnight everywhere.
    const day = start.toPlainDate().add({ days: count });
    const startsAt = new Date(day.toZonedDateTime(start.timeZoneId).epochMilliseconds);
    if (startsAt >= to) return days;
    days.push({ date: day.toString(), startsAt });
  }
}

function knownZone(name: string): string {
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch {
    return "UTC";
  }
}
