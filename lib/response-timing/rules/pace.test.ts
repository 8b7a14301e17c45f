import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextBatchThreads } from "./pace";

describe("the next batch", () => {
  it.each([
    ["doubles while that would take little of what is left", 50, 100, 10_000, 100],
    ["grows no further than it may", 150, 100, 10_000, 200],
    ["stays while there is room for another of its kind", 50, 100, 700, 50],
    ["is halved when there is not", 50, 400, 700, 25],
    ["is one thread at least", 1, 400, 0, 1],
  ])("%s", (_, threads, tookMs, remainingMs, expected) => {
    expect(nextBatchThreads({ threads, tookMs, remainingMs, threadsMax: 200 })).toBe(expected);
  });

  it("has from one thread to as many as are allowed, whatever came before", () => {
    const pace = fc.record({
      threadsMax: fc.integer({ min: 1, max: 5000 }),
      tookMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
      remainingMs: fc.double({ min: 0, max: 1e6, noNaN: true }),
    });
    fc.assert(
      fc.property(pace, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const threads = Math.max(1, Math.floor(share * values.threadsMax));
        const next = nextBatchThreads({ ...values, threads });
        expect(Number.isInteger(next) && next >= 1 && next <= values.threadsMax).toBe(true);
      }),
    );
  });
});
