import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS } from "@/lib/core/time";
import { nextDue, nextStep, stepDueAt } from "./due";

const PREVIOUS = new Date("2026-11-20T10:00:00.123Z");
const INT4 = { min: -2_147_483_648, max: 2_147_483_647 };

describe("a step is due", () => {
  it.each([
    ["at once without an offset", 0, 0, "2026-11-20T10:00:00.123Z"],
    ["days later", 2, 0, "2026-11-22T10:00:00.123Z"],
    ["minutes later", 0, 90, "2026-11-20T11:30:00.123Z"],
    ["days and minutes later", 1, 1, "2026-11-21T10:01:00.123Z"],
    ["minutes before a day is over", 1, -60, "2026-11-21T09:00:00.123Z"],
    ["at once where that would be before the step it follows", 0, -1, "2026-11-20T10:00:00.123Z"],
    ["at once where the days alone would be", -3, 60, "2026-11-20T10:00:00.123Z"],
    ["after ten years of 365 days at the latest", 1_000_000, 0, "2036-11-17T10:00:00.123Z"],
  ])("%s", (_, dayOffset, minuteOffset, dueAt) => {
    expect(stepDueAt(PREVIOUS, { dayOffset, minuteOffset })).toEqual(new Date(dueAt));
  });

  it("24 hours after a step a day before, also where clocks change between them", () => {
    const beforeSummer = new Date("2026-03-28T10:00Z");
    expect(stepDueAt(beforeSummer, { dayOffset: 1, minuteOffset: 0 })).toEqual(new Date("2026-03-29T10:00Z"));
  });

  it("at a time that is one, not before its predecessor, and not ten years after it, whatever a row says", () => {
    const offset = fc.oneof(fc.integer(INT4), fc.constantFrom(Number.NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), offset, offset, (previousAt, dayOffset, minuteOffset) => {
        const laterMs = stepDueAt(previousAt, { dayOffset, minuteOffset }).getTime() - previousAt.getTime();
        expect(laterMs).toBeGreaterThanOrEqual(0);
        expect(laterMs).toBeLessThanOrEqual(3650 * DAY_MS);
      }),
    );
  });
});

describe("the next step", () => {
  const steps = [5, 1, 3].map((stepOrder) => ({ stepOrder, dayOffset: stepOrder, minuteOffset: 0 }));

  it.each([
    ["is the first at the start", 0, 1],
    ["is the lowest above the last one done", 1, 3],
    ["is that also where the last one done is gone", 2, 3],
    ["is the last one in the end", 4, 5],
    ["is none after the last", 5, null],
    ["is none where the sequence has shrunk", 9, null],
  ])("%s", (_, currentStep, stepOrder) => {
    expect(nextStep(steps, currentStep)?.stepOrder ?? null).toBe(stepOrder);
  });

  it("is none of a sequence without steps", () => {
    expect(nextStep([], 0)).toBeNull();
  });

  it("is due by its own offset, from when the one before it was done", () => {
    const [, , third] = steps;
    const next = nextDue(steps, { stepOrder: 1, doneAt: PREVIOUS });
    expect(next).toEqual({ step: third, dueAt: new Date("2026-11-23T10:00:00.123Z") });
    expect(nextDue(steps, { stepOrder: 5, doneAt: PREVIOUS })).toBeNull();
  });
});
