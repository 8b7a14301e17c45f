import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maxInRollingWindow } from "@/scripts/sandbox/rate-window";
import { type Exchange, exchange, type Window, type WindowLimits } from "./window";
import { applyMove, arbitraryMoves, type Move, startWorld, tailMs, type World } from "./window-world.fixture";

const LIMITS: WindowLimits = { requestsMax: 10, windowMs: 1000, holdMs: 400, requestMsMax: 300 };
const EMPTY: Window = { slots: [], blockedUntilMs: null };

describe("whatever holders do, in whatever order, at whatever speed", () => {
  const SMALL: WindowLimits = { requestsMax: 3, windowMs: 1000, holdMs: 400, requestMsMax: 300 };

  it("no stretch of a window ever holds more arrivals than the limit", () => {
    checkAlways(({ arrivalsMs }) => {
      const arrivals = arrivalsMs.toSorted((a, b) => a - b).map((at) => ({ at, account: "one" }));
      expect(maxInRollingWindow(arrivals, SMALL.windowMs)).toBeLessThanOrEqual(SMALL.requestsMax);
    });
  });

  it("everything is free again once they have been quiet for as long as tokens, requests and the window last", () => {
    checkAlways(({ nowMs, window }) => {
      const quietSinceMs = Math.max(nowMs, window.blockedUntilMs ?? 0);
      const everything = ask({ holder: "another", wanted: 3 });
      expect(exchange(window, quietSinceMs + tailMs(SMALL), everything, SMALL).granted).toBe(3);
    });
  });

  it("the window keeps one slot for each holder and one for each instant, and so stays small", () => {
    checkAlways(({ window: { slots }, limits }) => {
      const names = slots.map(({ holder, freeAtMs }) => holder ?? freeAtMs);
      expect(new Set(names).size).toBe(names.length);
      expect(slots.every(({ count }) => count > 0)).toBe(true);
      const answered = slots.filter(({ holder }) => holder === null);
      expect(answered.length).toBeLessThanOrEqual(limits.windowMs / 25 + 2);
    });
  });

  it("nobody is granted anything while the account is blocked", () => {
    checkAlways(({ grantedWhileBlocked }) => expect(grantedWhileBlocked).toBe(0));
  });

  function checkAlways(check: (world: World) => void): void {
    const play = (moves: Move[]) => {
      const world = startWorld(SMALL);
      for (const move of moves) applyMove(world, move);
      check(world);
    };
    fc.assert(fc.property(arbitraryMoves(SMALL), play), { numRuns: 2500 });
  }
});

describe("a slot-by-slot window at a high rate", () => {
  it("does not grow with the number of requests: those that come free together are one slot", () => {
    const limits = { requestsMax: 10_000, windowMs: 10_000, holdMs: 10_000, requestMsMax: 15_000 };
    let window = EMPTY;
    for (let nowMs = 0; nowMs < 20_000; nowMs += 5) {
      const holder = nowMs % 10 === 0 ? "a" : "b";
      window = exchange(window, nowMs, ask({ holder, answeredAgesMs: [0, 1, 2] }), limits).window;
    }
    const answeredSlots = window.slots.filter(({ holder }) => holder === null);
    expect(answeredSlots.length).toBeLessThanOrEqual(10_000 / 25 + 2);
  });
});

describe("a busy holder that is alone", () => {
  it.each([
    ["90 in 10 s", 90, 10_000],
    ["50 in a minute", 50, 60_000],
    ["30 in a second", 30, 1000],
    ["1 in 10 s", 1, 10_000],
  ])("gets at least 95 % of %s", (_name, requestsMax, windowMs) => {
    const limits = { requestsMax, windowMs, holdMs: 10_000, requestMsMax: 15_000 };
    const { requests, lengthMs } = sendForWindows(limits, 200);
    expect(requests / (requestsMax * (lengthMs / windowMs))).toBeGreaterThanOrEqual(0.95);
  });
});

describe("an exchange", () => {
  it("takes a request from before it is sent until one window after its answer", () => {
    const first = exchange(EMPTY, 0, ask({ wanted: 4 }), LIMITS);
    expect(first).toMatchObject({ granted: 4, waitMs: 0 });
    const underWay = exchange(first.window, 500, ask({ inFlight: 3, answeredAgesMs: [100] }), LIMITS);
    expect(underWay.window.slots).toEqual([
      { holder: null, count: 1, freeAtMs: 1400 },
      { holder: "a", count: 3, freeAtMs: 500 + tailMs(LIMITS) },
    ]);
  });

  it("gives back what the holder did not use", () => {
    const { window } = exchange(EMPTY, 0, ask({ wanted: 10 }), LIMITS);
    expect(exchange(window, 1, ask({ holder: "b", wanted: 10 }), LIMITS).granted).toBe(0);
    const returned = exchange(window, 2, ask({ wanted: 0 }), LIMITS);
    expect(returned).toEqual({ window: EMPTY, granted: 0, waitMs: 0 });
  });

  it("grants what there is when more is wanted, and says when to come back when there is nothing", () => {
    const { window } = exchange(EMPTY, 0, ask({ answeredAgesMs: Array(8).fill(0) }), LIMITS);
    const rest = exchange(window, 10, ask({ wanted: 5 }), LIMITS);
    expect(rest.granted).toBe(2);
    const used = exchange(rest.window, 20, ask({ answeredAgesMs: [0, 0] }), LIMITS);
    const nothing = exchange(used.window, 30, ask({ wanted: 5 }), LIMITS);
    expect(nothing).toMatchObject({ granted: 0, waitMs: 1000 + 25 - 30 });
  });

  it("does not make a holder wait long for tokens that another may give back any moment", () => {
    const { window } = exchange(EMPTY, 0, ask({ holder: "b", wanted: 10 }), LIMITS);
    expect(exchange(window, 0, ask({ wanted: 1 }), LIMITS)).toMatchObject({ granted: 0, waitMs: 20 });
  });

  it("sends everybody away until the block is over, and forgets it then", () => {
    const blocked: Window = { slots: [], blockedUntilMs: 5000 };
    expect(exchange(blocked, 0, ask({ wanted: 5 }), LIMITS)).toMatchObject({ granted: 0, waitMs: 5000 });
    expect(exchange(blocked, 5000, ask({ wanted: 5 }), LIMITS)).toMatchObject({
      granted: 5,
      window: { blockedUntilMs: null },
    });
  });

  it("grants nothing, and breaks nothing, when the limit was lowered below what is taken", () => {
    const { window } = exchange(EMPTY, 0, ask({ answeredAgesMs: Array(10).fill(0) }), LIMITS);
    const lowered = exchange(window, 10, ask({ wanted: 5 }), { ...LIMITS, requestsMax: 3 });
    expect(lowered.granted).toBe(0);
    expect(lowered.waitMs).toBeGreaterThan(0);
  });
});

function ask(given: Partial<Exchange>): Exchange {
  return { holder: "a", answeredAgesMs: [], inFlight: 0, wanted: 0, ...given };
}

/** Sends whatever it is granted and is answered at once; counts over so many windows of simulated time. */
function sendForWindows(limits: WindowLimits, windows: number): { requests: number; lengthMs: number } {
  const lengthMs = limits.windowMs * windows;
  let window = EMPTY;
  let nowMs = 0;
  let requests = 0;
  let justAnswered = 0;
  while (nowMs < lengthMs) {
    const answeredAgesMs = Array(justAnswered).fill(0);
    const exchanged = exchange(window, nowMs, ask({ answeredAgesMs, wanted: limits.requestsMax }), limits);
    window = exchanged.window;
    justAnswered = exchanged.granted;
    requests += exchanged.granted;
    nowMs += exchanged.waitMs;
  }
  return { requests, lengthMs };
}
