import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { nextDueAfter, overdueFrom } from "./schedule";

const at = (time: string) => new Date(`2026-11-22T${time}Z`);

describe("the next turn of a schedule", () => {
  it.each([
    ["* * * * *", "09:00:00.000", "09:01:00"],
    ["* * * * *", "09:00:59.999", "09:01:00"],
    ["*/5 * * * *", "09:04:59.999", "09:05:00"],
    ["*/5 * * * *", "09:05:00.000", "09:10:00"],
    ["0 * * * *", "09:00:00.001", "10:00:00"],
    ["30 9 * * *", "09:29:00.000", "09:30:00"],
  ])("of %s after %s is at %s, in UTC", (schedule, from, next) => {
    expect(nextDueAfter(schedule, at(from))).toEqual(at(next));
  });
});

describe("a job is overdue after three intervals and a minute", () => {
  it.each([
    ["* * * * *", "09:00:00.000", "09:04:00.000"],
    ["* * * * *", "09:00:00.001", "09:04:00.001"],
    ["* * * * *", "09:00:59.999", "09:04:59.999"],
    ["*/5 * * * *", "09:00:00.000", "09:16:00.000"],
    ["*/5 * * * *", "09:04:59.999", "09:20:59.999"],
    ["*/5 * * * *", "09:05:00.000", "09:21:00.000"],
    ["0 * * * *", "09:00:00.000", "12:01:00.000"],
    ["0 * * * *", "09:00:12.345", "12:01:12.345"],
    ["0 * * * *", "09:59:59.999", "13:00:59.999"],
  ])("of %s since %s: at %s", (schedule, since, overdue) => {
    expect(overdueFrom(schedule, at(since))).toEqual(at(overdue));
  });

  it.each([
    ["* * * * *", MINUTE_MS],
    ["*/5 * * * *", 5 * MINUTE_MS],
    ["0 * * * *", HOUR_MS],
  ])("whenever it was: %s", (schedule, intervalMs) => {
    const instants = fc.date({ min: at("00:00:00"), max: new Date("2028-03-01"), noInvalidDate: true });
    fc.assert(
      fc.property(instants, (since) => {
        expect(overdueFrom(schedule, since).getTime() - since.getTime()).toBe(3 * intervalMs + MINUTE_MS);
      }),
    );
  });

  it("and the nights and weekends of a schedule are no interval that was missed", () => {
    const officeHours = "0 9-17 * * 1-5";
    const friday = new Date("2026-11-20T17:00:10Z");
    expect(overdueFrom(officeHours, friday)).toEqual(new Date("2026-11-23T11:01:10Z"));
  });
});
