import { describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import {
  firstSendInstant,
  firstSendInstantAfterTouch,
  isInSendWindow,
  localDay,
} from "@/lib/followups/rules/send-window";
import { nextOpening, nextOpeningAfterTouch, type OfficeHours, zoneAt } from "./calendar";
import { chooseEvening, chooseOpenHours, STEADY_MS } from "./open-hours";

/** A week from a Monday's midnight, and a step that no hour is a multiple of. */
const WEEK_BEGINS = Date.parse("2026-11-16T00:00:00Z");
const STEP_MS = 7 * MINUTE_MS;
const WEEK = Array.from({ length: Math.ceil((7 * DAY_MS) / STEP_MS) }, (_, index) => {
  return new Date(WEEK_BEGINS + index * STEP_MS);
});
const OFFICE = { workStartTime: "09:00", workEndTime: "17:00" };
const HOURS = [
  OFFICE,
  { workStartTime: "22:00", workEndTime: "06:00" },
  { workStartTime: "00:00", workEndTime: "00:00" },
  { workStartTime: "23:30", workEndTime: "23:00" },
];

describe("the hours of the demo's workspaces", () => {
  it("are open at every instant of a week, for a while before and after, on one local day", () => {
    for (const now of WEEK) {
      const hours = rulesHoursOf(chooseOpenHours(now));
      const around = [-STEADY_MS, 0, STEADY_MS].map((ms) => new Date(now.getTime() + ms));
      expect(around.map((at) => isInSendWindow(at, hours))).toEqual([true, true, true]);
      expect(new Set(around.map((at) => localDay(at, hours.zone))).size).toBe(1);
    }
  });

  it("are those of a working day somewhere, as long as there is one", () => {
    const zones = (text: string) => chooseOpenHours(new Date(text));
    expect(zones("2026-11-18T12:00:00Z")).toEqual({ utcOffsetHours: 0, workStartTime: "00:00", workEndTime: "00:00" });
    expect(zones("2026-11-22T20:40:00Z").utcOffsetHours).toBe(14);
    const weekendEverywhere = { utcOffsetHours: -12, workStartTime: "23:30", workEndTime: "23:00" };
    expect(zones("2026-11-22T09:00:00Z")).toEqual(weekendEverywhere);
  });

  it("are closed in the evening, which it always is somewhere", () => {
    for (const now of WEEK) {
      const hours = rulesHoursOf({ ...OFFICE, utcOffsetHours: chooseEvening(now) });
      const opensAt = firstSendInstant({ ...hours, dueAt: now });
      expect(opensAt.getTime() - now.getTime()).toBeGreaterThanOrEqual(12 * HOUR_MS);
    }
  });
});

describe("the calendar that counts minutes", () => {
  /** Every few hours of a week, at both ends of the world and in the middle. */
  const cases = WEEK.filter((_, index) => index % 53 === 0).flatMap((now) =>
    [-12, 0, 5, 14].flatMap((utcOffsetHours) => HOURS.map((hours) => ({ now, place: { ...hours, utcOffsetHours } }))),
  );

  it("finds the next window where the rules find it", () => {
    for (const { now, place } of cases) {
      expect(nextOpening(now, place)).toEqual(firstSendInstant({ ...rulesHoursOf(place), dueAt: now }));
    }
  });

  it("finds the window after a touch where the rules find it", () => {
    for (const { now, place } of cases) {
      const touchedAt = new Date(now.getTime() - 5 * MINUTE_MS);
      const ruled = firstSendInstantAfterTouch({ ...rulesHoursOf(place), now, touchedAt });
      expect(nextOpeningAfterTouch(touchedAt, now, place)).toEqual(ruled);
    }
  });
});

function rulesHoursOf({ utcOffsetHours, ...hours }: OfficeHours) {
  return { ...hours, zone: zoneAt(utcOffsetHours) };
}
