import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { readWorkHours } from "./work-hours";

/** Hours as H.MM, which reads well: 9.5 is half past nine. */
function hours(start: number, end: number) {
  return { startMs: start * HOUR_MS, endMs: end * HOUR_MS };
}

describe("a workspace's hours", () => {
  it.each([
    ["09:00", "17:00", hours(9, 17)],
    ["08:30", "18:15", hours(8.5, 18.25)],
    ["9:00", "17:00", hours(9, 17)],
    [" 09:00 ", "17:00\n", hours(9, 17)],
    ["09:00:00", "17:30:00.000", hours(9, 17.5)],
    ["00:00", "23:59", { startMs: 0, endMs: 24 * HOUR_MS - MINUTE_MS }],
    ["22:00", "06:00", hours(22, 6)],
    ["07:00", "07:00", hours(7, 7)],
  ])("%j to %j", (start, end, read) => {
    expect(readWorkHours(start, end)).toEqual(read);
  });

  it.each(["9am", "24:00", "25:00", "", "  ", "12:60", "-1:00", "09.00", "0900", "9", "half past nine", "09:00 Uhr"])(
    "%j is no time: the default is meant",
    (text) => {
      expect(readWorkHours(text, "18:00")).toEqual(hours(9, 18));
      expect(readWorkHours("10:00", text)).toEqual(hours(10, 17));
      expect(readWorkHours(text, text)).toEqual(hours(9, 17));
    },
  );

  it("are both the defaults where one alone would turn them round", () => {
    expect(readWorkHours("22:00", "")).toEqual(hours(9, 17));
    expect(readWorkHours("9pm", "06:00")).toEqual(hours(9, 17));
    expect(readWorkHours("17:00", "5pm")).toEqual(hours(9, 17));
  });

  it("can be had of any text", () => {
    const time = fc.oneof(fc.string(), fc.stringMatching(/^\d{0,3}:?\d{0,3}$/));
    fc.assert(
      fc.property(time, time, (start, end) => {
        const { startMs, endMs } = readWorkHours(start, end);
        for (const ms of [startMs, endMs]) {
          expect(ms).toBeGreaterThanOrEqual(0);
          expect(ms).toBeLessThan(24 * HOUR_MS);
        }
      }),
    );
  });
});
