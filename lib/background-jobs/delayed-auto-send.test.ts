import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeChosenDelaySeconds } from "./delayed-auto-send";

/** Any text that a database can hold, characters beyond the basic plane included. */
const messageId = fc.string({ unit: "binary" });
const seconds = fc.integer({ min: 0, max: 100_000 });

describe("the delay that a message's draft is given", () => {
  it.each([
    ["msg-1", 180, 420, 277],
    ["msg-2", 180, 420, 278],
    ["", 180, 420, 180],
    // Its hash is -2^31, which has no positive counterpart in 32 bits.
    ["polygenelubricants", 180, 420, 308],
    ["msg-1", 300, 300, 300],
    ["msg-1", 7, 3, 7],
  ])("of %j between %i and %i seconds is %i", (id, min, max, chosen) => {
    expect(computeChosenDelaySeconds(id, min, max)).toBe(chosen);
  });

  it("lies within the bounds", () => {
    fc.assert(
      fc.property(messageId, seconds, seconds, (id, min, width) => {
        const chosen = computeChosenDelaySeconds(id, min, min + width);
        expect(Number.isInteger(chosen)).toBe(true);
        expect(chosen).toBeGreaterThanOrEqual(min);
        expect(chosen).toBeLessThanOrEqual(min + width);
      }),
    );
  });

  it("is what exact arithmetic makes of the definition", () => {
    fc.assert(
      fc.property(messageId, seconds, fc.integer({ min: -10, max: 100_000 }), (id, min, width) => {
        const chosen = computeChosenDelaySeconds(id, min, min + width);
        expect(BigInt(chosen)).toBe(chooseExactly(id, BigInt(min), BigInt(min + width)));
      }),
      { numRuns: 1000 },
    );
  });

  it("counts a character beyond the basic plane as its two code units", () => {
    const [high, low] = [0xd83d, 0xde00];
    expect(computeChosenDelaySeconds("\u{1f600}", 0, 2 ** 31)).toBe(high * 31 + low);
  });

  it("reaches both bounds", () => {
    const chosen = Array.from({ length: 200 }, (_, index) => computeChosenDelaySeconds(`msg-${index}`, 5, 8));
    expect(new Set(chosen)).toEqual(new Set([5, 6, 7, 8]));
  });
});

function chooseExactly(id: string, min: bigint, max: bigint): bigint {
  if (max <= min) return min;
  const units = Array.from({ length: id.length }, (_, index) => BigInt(id.charCodeAt(index)));
  const hash = BigInt.asIntN(
    32,
    units.reduce((sum, unit) => sum * 31n + unit, 0n),
  );
  return min + ((hash < 0n ? -hash : hash) % (max - min + 1n));
}
