import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import {
  firstSendInstant,
  firstSendInstantAfterTouch,
  isInSendWindow,
  localDay,
  startOfNextLocalDay,
} from "./send-window";
import { clockTime, findChanges, type Hours, isInside, readClocks } from "./wall-clock.fixture";

const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";
/** How closely the second reading looks at the way from one instant to another; the windows here are longer. */
const SCAN_MS = LONG ? MINUTE_MS : 10 * MINUTE_MS;
const WINDOW_MINUTES_MIN = 15;
const RUNS = { numRuns: LONG ? 5000 : 300 };
/** How often each zone is looked at in the test of all of them. */
const TURNS_PER_ZONE = LONG ? 20 : 1;

const ZONES = Intl.supportedValuesOf("timeZone");
const CENTURY = { min: Date.UTC(1970, 0, 1), max: Date.UTC(2070, 0, 1) };

const zone = fc.constantFrom(...ZONES);
const hours = fc
  .tuple(fc.integer({ min: 0, max: 1439 }), fc.integer({ min: WINDOW_MINUTES_MIN, max: 1440 }))
  .map(([start, minutes]): Hours => ({ start, end: (start + minutes) % 1440 }));
const instant = fc.integer(CENTURY);

/** An instant within two days of one at which the zone's clocks change, where they do that year. */
const place = fc
  .record({
    zone,
    year: fc.integer({ min: 1970, max: 2069 }),
    nth: fc.nat({ max: 9 }),
    awayMs: fc.oneof(
      fc.integer({ min: -2 * HOUR_MS, max: 2 * HOUR_MS }),
      fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }),
    ),
  })
  .map(({ zone, year, nth, awayMs }) => ({ zone, atMs: changeOf(zone, year, nth) + awayMs }));

function changeOf(zone: string, year: number, nth: number): number {
  const changes = findChanges(zone, year);
  return changes[nth % changes.length] ?? Date.UTC(year, nth, 15);
}

function toSendHours(zone: string, { start, end }: Hours) {
  return { zone, workStartTime: clockTime(start), workEndTime: clockTime(end) };
}

/** That an instant is the first inside, by reading clocks at every step of the way. */
function expectFirst(dueMs: number, zone: string, hours: Hours): void {
  const firstMs = firstSendInstant({ dueAt: new Date(dueMs), ...toSendHours(zone, hours) }).getTime();
  expect(firstMs).toBeGreaterThanOrEqual(dueMs);
  expect(firstMs - dueMs).toBeLessThan(5 * DAY_MS);
  expect(isInside(firstMs, zone, hours)).toBe(true);
  if (firstMs > dueMs) expect(isInside(firstMs - 1, zone, hours)).toBe(false);
  for (let atMs = dueMs; atMs < firstMs; atMs += SCAN_MS) {
    if (isInside(atMs, zone, hours)) expect.fail(`${new Date(atMs).toISOString()} is inside, and earlier`);
  }
}

describe("the first instant inside", () => {
  it("is that, wherever and whenever clocks change", () => {
    fc.assert(
      fc.property(place, hours, ({ zone, atMs }, hours) => expectFirst(atMs, zone, hours)),
      RUNS,
    );
  });

  it("is that in every zone, around a change of its clocks", () => {
    for (const [index, zone] of ZONES.entries()) {
      for (let turn = 0; turn < TURNS_PER_ZONE; turn++) {
        const year = 1970 + ((index * 37 + turn * 11) % 100);
        const awayMs = ((index % 97) - 60) * HOUR_MS;
        const hours = { start: (index * 101 + turn * 7) % 1440, end: (index * 211 + turn * 13) % 1440 };
        expectFirst(changeOf(zone, year, turn) + awayMs, zone, hours);
      }
    }
  });

  it("is inside by our own word, and stays where it is", () => {
    fc.assert(
      fc.property(place, hours, ({ zone, atMs }, hours) => {
        const sendHours = toSendHours(zone, hours);
        const first = firstSendInstant({ dueAt: new Date(atMs), ...sendHours });
        expect(isInSendWindow(first, sendHours)).toBe(true);
        expect(firstSendInstant({ dueAt: first, ...sendHours })).toEqual(first);
        expect(isInSendWindow(new Date(atMs), sendHours)).toBe(first.getTime() === atMs);
      }),
    );
  });

  it("never comes earlier for what is due later", () => {
    fc.assert(
      fc.property(place, hours, fc.integer({ min: 0, max: 4 * DAY_MS }), ({ zone, atMs }, hours, laterMs) => {
        const [first, later] = [atMs, atMs + laterMs].map((dueMs) =>
          firstSendInstant({ dueAt: new Date(dueMs), ...toSendHours(zone, hours) }).getTime(),
        );
        expect(later).toBeGreaterThanOrEqual(first ?? Number.NaN);
      }),
    );
  });

  it("is found whatever a row says, in a few days and without an error", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom("9am", "24:00", "25:00", "", "09:00", "Mars/Olympus"));
    fc.assert(
      fc.property(instant, text, text, fc.oneof(zone, text), (atMs, workStartTime, workEndTime, zone) => {
        const first = firstSendInstant({ dueAt: new Date(atMs), zone, workStartTime, workEndTime }).getTime();
        expect(first).toBeGreaterThanOrEqual(atMs);
        expect(first).toBeLessThan(atMs + 5 * DAY_MS);
      }),
    );
  });
});

describe("after a touch", () => {
  it("the next is inside, on a later local day, and in a later window", () => {
    fc.assert(
      fc.property(place, hours, fc.integer({ min: 0, max: 12 * HOUR_MS }), ({ zone, atMs }, hours, sinceMs) => {
        const sendHours = toSendHours(zone, hours);
        const touchedAt = firstSendInstant({ dueAt: new Date(atMs), ...sendHours });
        const now = new Date(touchedAt.getTime() + sinceMs);
        const next = firstSendInstantAfterTouch({ now, touchedAt, ...sendHours });
        expect(next > now).toBe(true);
        expect(isInside(next.getTime(), zone, hours)).toBe(true);
        expect(localDay(next, zone) > localDay(now, zone)).toBe(true);
        const start = windowOf(touchedAt.getTime(), zone, hours);
        expect(windowOf(next.getTime(), zone, hours)).not.toBe(start);
      }),
    );
  });
});

/** The day on which the window began that an instant is in. */
function windowOf(atMs: number, zone: string, { start }: Hours): string {
  const { day, minutes } = readClocks(atMs, zone);
  if (minutes >= start) return day;
  return new Date(Date.parse(day) - DAY_MS).toISOString().slice(0, day.length);
}

describe("the local day", () => {
  it("is what a calendar there shows", () => {
    fc.assert(
      fc.property(fc.oneof(place, fc.record({ zone, atMs: instant })), ({ zone, atMs }) => {
        expect(localDay(new Date(atMs), zone)).toBe(readClocks(atMs, zone).day);
      }),
    );
  });

  it("is a later one from the start of the next on, and not before", () => {
    fc.assert(
      fc.property(place, ({ zone, atMs }) => {
        const today = readClocks(atMs, zone).day;
        const nextMs = startOfNextLocalDay(new Date(atMs), zone).getTime();
        expect(nextMs).toBeGreaterThan(atMs);
        expect(readClocks(nextMs, zone).day > today).toBe(true);
        for (let beforeMs = nextMs - 1; beforeMs >= atMs; beforeMs -= SCAN_MS) {
          expect(readClocks(beforeMs, zone).day <= today).toBe(true);
        }
      }),
    );
  });
});
