import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addCheck, applyChecks, type CheckSignal, type CircuitSettings, circuitState, shouldOpen } from "./rules";

const SETTINGS: CircuitSettings = { errorRate: 0.5, checksMin: 5, cooldownMs: 1000 };
const NOW = new Date("2026-11-22T09:00:00Z");
const PAST = new Date(NOW.getTime() - 1);
const FUTURE = new Date(NOW.getTime() + 1);

describe("a circuit", () => {
  it.each([
    ["closed", null],
    ["open", FUTURE],
    ["half_open", NOW],
    ["half_open", PAST],
  ])("is %s while it is open until %s", (state, openUntil) => {
    expect(circuitState({ openUntil }, NOW)).toBe(state);
  });
});

describe("the window of checks", () => {
  it.each<[CheckSignal, boolean[]]>([
    ["success", [true, false]],
    ["failure", [true, true]],
    ["credential_dead", [true, true]],
    ["uncounted", [true]],
  ])("takes a %s as it should", (signal, outcomes) => {
    expect(addCheck([true], signal)).toEqual(outcomes);
  });

  it("is 20 long, and forgets the oldest", () => {
    const full = [true, ...Array<boolean>(19).fill(false)];
    expect(addCheck(full, "success")).toEqual(Array(20).fill(false));
    expect(addCheck(full, "uncounted")).toEqual(full);
  });
});

describe("a circuit opens", () => {
  it.each([
    ["not before there are enough checks", "FFFF", SETTINGS, false],
    ["at the rate, exactly", "FFFSSS", SETTINGS, true],
    ["not below the rate", "FFSSS", SETTINGS, false],
    ["never without a failure", "SSSSS", { ...SETTINGS, errorRate: 0.0001 }, false],
    ["at a rate of 1 only if everything fails", "FFFFS", { ...SETTINGS, errorRate: 1 }, false],
    ["at a rate of 1 if everything fails", "FFFFF", { ...SETTINGS, errorRate: 1 }, true],
    ["at the first failure where one check is enough", "F", { ...SETTINGS, checksMin: 1 }, true],
    ["on a full window where more checks are asked for than it holds", "F".repeat(20), withChecksMin(500), true],
    ["not on 19 checks there", "F".repeat(19), withChecksMin(500), false],
  ])("%s", (_name, checks, settings, opens) => {
    expect(shouldOpen(outcomesOf(checks), settings)).toBe(opens);
  });
});

describe("a page of checks", () => {
  const closed = { outcomes: [], openUntil: null };
  const halfOpen = { outcomes: outcomesOf("FFFFF"), openUntil: PAST };

  it.each<[string, Parameters<typeof applyChecks>[0], CheckSignal[], object]>([
    ["of failures opens a closed circuit", closed, Array(5).fill("failure"), { opens: true, closes: false }],
    ["too few to judge does not", closed, Array(4).fill("failure"), { opens: false, closes: false }],
    [
      "goes on where the last one ended",
      { outcomes: outcomesOf("FFFF"), openUntil: null },
      ["failure"],
      { opens: true },
    ],
    ["that says nothing about the provider changes nothing", closed, Array(9).fill("uncounted"), { outcomes: [] }],
    ["with a dead credential opens it at once", closed, ["success", "credential_dead"], { opens: true }],
    [
      "that comes too late leaves an open circuit as it is",
      { outcomes: [], openUntil: FUTURE },
      ["failure"],
      unchanged(),
    ],
    ["even with a dead credential", { outcomes: [], openUntil: FUTURE }, ["credential_dead"], unchanged()],
    ["that went well closes a half-open one and forgets", halfOpen, ["success"], { outcomes: [], closes: true }],
    ["that found nothing closes it as well: the provider answers", halfOpen, ["uncounted"], { closes: true }],
    ["that failed opens it again", halfOpen, ["failure"], { opens: true, closes: false }],
    ["whose credential is still dead opens it again", halfOpen, ["credential_dead"], { opens: true, closes: false }],
    ["without a single check leaves it half-open", halfOpen, [], { ...unchanged(), outcomes: halfOpen.outcomes }],
  ])("%s", (_name, stored, signals, change) => {
    expect(applyChecks(stored, signals, NOW, SETTINGS)).toMatchObject(change);
  });

  it("that was stopped in its middle opens the circuit, even if what was under way went well", () => {
    const signals: CheckSignal[] = ["failure", "failure", "failure", "success", "success", "success", "success"];
    expect(applyChecks(closed, signals, NOW, SETTINGS)).toMatchObject({ opens: true });
  });

  it("opens a closed circuit if and only if, after one of them, the last 20 that count reach rate and number", () => {
    const signal = fc.constantFrom<CheckSignal>("success", "failure", "uncounted");
    const settings = fc.record({
      errorRate: fc.constantFrom(0.1, 0.25, 0.5, 0.9, 1),
      checksMin: fc.integer({ min: 1, max: 30 }),
      cooldownMs: fc.constant(1000),
    });
    const pages = fc.array(fc.array(signal, { maxLength: 12 }), { maxLength: 8 });
    fc.assert(
      fc.property(pages, settings, (given, circuit) => {
        let outcomes: boolean[] = [];
        const seen: CheckSignal[] = [];
        for (const page of given) {
          const change = applyChecks({ outcomes, openUntil: null }, page, NOW, circuit);
          const reached = page.map((check) => {
            seen.push(check);
            return isBad(seen, circuit);
          });
          expect(change.opens).toBe(reached.includes(true));
          expect(change.closes).toBe(false);
          if (change.opens) return;
          outcomes = change.outcomes;
        }
      }),
      { numRuns: 1000 },
    );
  });
});

/** The contract's sentence, said in another way than the code says it. */
function isBad(seen: readonly CheckSignal[], { errorRate, checksMin }: CircuitSettings): boolean {
  const last = seen.filter((signal) => signal !== "uncounted").slice(-20);
  const failures = last.filter((signal) => signal === "failure").length;
  return failures > 0 && last.length >= Math.min(20, checksMin) && failures >= errorRate * last.length;
}

function withChecksMin(checksMin: number): CircuitSettings {
  return { ...SETTINGS, checksMin };
}

/** F is a failure, S a success. */
function outcomesOf(checks: string): boolean[] {
  return [...checks].map((check) => check === "F");
}

function unchanged() {
  return { outcomes: [], opens: false, closes: false };
}
