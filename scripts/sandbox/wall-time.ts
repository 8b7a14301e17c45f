/** A point in time as clocks in a zone show it. */
export interface WallTime {
  /** YYYY-MM-DD */
  date: string;
  /** HH:mm:ss */
  time: string;
  /** +HH:mm or -HH:mm */
  offset: string;
}

const formatterByZone = new Map<string, Intl.DateTimeFormat>();

/** The wall time of an instant in an IANA zone, fractions of a second cut off. Throws for an unknown zone. */
export function wallTimeOf(instant: Date, timeZone: string): WallTime {
  const parts = new Map(
    formatterOf(timeZone)
      .formatToParts(instant)
      .map((part) => [part.type, part.value]),
  );
  const read = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? "";
  return {
    date: `${read("year")}-${read("month")}-${read("day")}`,
    time: `${read("hour")}:${read("minute")}:${read("second")}`,
    // "GMT-05:00", and plain "GMT" at zero.
    offset: read("timeZoneName").slice("GMT".length) || "+00:00",
  };
}

/** Making a formatter costs a hundred times as much as using it. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatterByZone.get(timeZone);
  if (known) return known;
  const formatter = new Intl.DateTimeFormat("en-US", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
    timeZoneName: "longOffset",
  });
  formatterByZone.set(timeZone, formatter);
  return formatter;
}
