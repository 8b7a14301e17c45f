import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import { waitAfterFailuresMs } from "./backoff";

describe("the wait after failed checks", () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 4],
    [4, 8],
    [11, 1024],
    [12, 24 * 60],
    [13, 24 * 60],
    [5000, 24 * 60],
  ])("in a row: %i → %i minutes", (failures, minutes) => {
    expect(waitAfterFailuresMs(failures)).toBe(minutes * MINUTE_MS);
  });

  it("never shrinks, at most doubles, and stays between a minute and a day", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), (failures) => {
        const [wait, next] = [waitAfterFailuresMs(failures), waitAfterFailuresMs(failures + 1)];
        expect(wait).toBeGreaterThanOrEqual(MINUTE_MS);
        expect(wait).toBeLessThanOrEqual(DAY_MS);
        expect(next).toBe(Math.min(DAY_MS, 2 * wait));
      }),
    );
  });
});
