import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import { describe, expect, it } from "vitest";
import { atWallClock, isTimeZone, readInstant, readTime } from "./times";

/** The instant that a wall clock's text stands for in a zone. */
function inZone(text: string, timeZone: string): string {
  const time = readTime(text);
  if (time?.kind !== "local") throw new Error(`${text} is no wall clock's time`);
  return atWallClock(time.clock, timeZone).toISOString();
}

describe("a time with an offset or an epoch", () => {
  it.each([
    ["2026-08-25T08:00:00-05:00", "2026-08-25T13:00:00.000Z"],
    ["2026-08-25T08:00:00-0500", "2026-08-25T13:00:00.000Z"],
    ["2026-08-25 08:00:00+05:30", "2026-08-25T02:30:00.000Z"],
    ["2026-08-25T08:00Z", "2026-08-25T08:00:00.000Z"],
    ["  2026-08-25t08:00:00z ", "2026-08-25T08:00:00.000Z"],
    ["2030-03-12T15:00:00.678123Z", "2030-03-12T15:00:00.678Z"],
    [1_899_558_000, "2030-03-12T15:00:00.000Z"],
    [1_899_558_000_000, "2030-03-12T15:00:00.000Z"],
    ["1899558000", "2030-03-12T15:00:00.000Z"],
    ["1899558000000", "2030-03-12T15:00:00.000Z"],
    [1_899_558_000.5, "2030-03-12T15:00:00.500Z"],
  ])("%s is %s", (value, expected) => {
    expect(readInstant(value)?.toISOString()).toBe(expected);
  });
});

it("is read as the calendar's library reads it, however it is written", () => {
  const two = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, "0"));
  const offset = fc.oneof(
    fc.constant("Z"),
    fc.tuple(fc.constantFrom("+", "-"), two(25), two(61)).map(([sign, hours, minutes]) => `${sign}${hours}:${minutes}`),
  );
  const fraction = fc.constantFrom("", ".5", ".678", ".678123");
  const written = fc
    .tuple(fc.integer({ min: 1998, max: 2202 }), two(13), two(32), two(25), two(61), two(61), fraction, offset)
    .map(
      ([year, month, day, hour, minute, second, rest, zone]) =>
        `${year}-${month}-${day}T${hour}:${minute}:${second}${rest}${zone}`,
    );
  fc.assert(
    fc.property(written, (text) => {
      expect(readInstant(text)?.getTime() ?? null).toBe(byLibrary(text));
    }),
    { numRuns: 20_000 },
  );
});

/** Null for what is not on the calendar, or before 2000 or after 2199. */
function byLibrary(text: string): number | null {
  try {
    const ms = Temporal.Instant.from(text).epochMilliseconds;
    return ms >= Date.UTC(2000, 0, 1) && ms < Date.UTC(2200, 0, 1) ? ms : null;
  } catch {
    return null;
  }
}

describe("a time without an offset", () => {
  it("is no instant by itself", () => {
    expect(readTime("2030-03-12 10:00:00")?.kind).toBe("local");
    expect(readInstant("2030-03-12 10:00:00")).toBeNull();
  });

  it.each([
    ["2030-03-12 10:00:00", "America/Chicago", "2030-03-12T15:00:00.000Z"],
    ["2030-01-12T10:00:00", "America/Chicago", "2030-01-12T16:00:00.000Z"],
    ["2030-03-12 10:00", "Asia/Manila", "2030-03-12T02:00:00.000Z"],
    ["2030-03-12 10:00:00", "UTC", "2030-03-12T10:00:00.000Z"],
    ["2030-03-12 10:00:00", "Asia/Kathmandu", "2030-03-12T04:15:00.000Z"],
  ])("%s in %s is %s", (text, zone, expected) => {
    expect(inZone(text, zone)).toBe(expected);
  });

  it("is counted on from before the change where clocks spring past it", () => {
    expect(inZone("2026-03-08 02:30:00", "America/New_York")).toBe("2026-03-08T07:30:00.000Z");
    expect(inZone("2026-03-29 02:30:00", "Europe/Berlin")).toBe("2026-03-29T01:30:00.000Z");
  });

  it("is the first of the two where clocks fall back over it", () => {
    expect(inZone("2026-11-01 01:30:00", "America/New_York")).toBe("2026-11-01T05:30:00.000Z");
    expect(inZone("2026-10-25 02:30:00", "Europe/Berlin")).toBe("2026-10-25T00:30:00.000Z");
    expect(inZone("2026-04-05 01:45:00", "Australia/Lord_Howe")).toBe("2026-04-04T14:45:00.000Z");
  });
});

describe("what is no time", () => {
  it.each([
    "",
    "  ",
    "soon",
    "2026-08-25",
    "20260825",
    "10:00",
    "2026-02-30T10:00:00Z",
    "2026-02-30 10:00:00",
    "2026-13-01 10:00:00",
    "2026-08-25T25:00:00Z",
    "2026-08-25T08:00:00+99:00",
    "0001-01-01T00:00:00Z",
    "1970-01-01 00:00:00",
    "9999-12-31T23:59:59Z",
    0,
    -1,
    17,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    8_640_000_000_000_001,
    null,
    undefined,
    true,
    {},
    [],
    ["2026-08-25T08:00:00Z"],
  ])("%j is null", (value) => {
    expect(readTime(value)).toBeNull();
  });
});

it("knows a time zone from a word", () => {
  expect(["America/Chicago", "UTC", "europe/berlin"].filter(isTimeZone)).toHaveLength(3);
  expect(["", "Mars/Olympus", "Central Time", "America/Chicago\n"].filter(isTimeZone)).toHaveLength(0);
});
