import { getEventListeners } from "node:events";
import { describe, expect, it, onTestFinished } from "vitest";
import { CutOffError } from "./errors";
import { type Deadline, HOUR_MS, sleep, startDeadline } from "./time";

describe("a deadline", () => {
  it("has time left until its budget is spent, and then aborts as a cut-off", async () => {
    const deadline = start(30);
    expect(deadline.passed()).toBe(false);
    expect(deadline.remainingMs()).toBeGreaterThan(0);
    await untilAborted(deadline.signal);
    expect(deadline.signal.reason).toBeInstanceOf(CutOffError);
    expect(deadline.remainingMs()).toBe(0);
    expect(deadline.passed()).toBe(true);
  });

  it("never has more time left than its budget", () => {
    expect(start(500).remainingMs()).toBeLessThanOrEqual(500);
  });

  it("has passed when its budget is spent even while the event loop had no time to abort it", () => {
    const deadline = start(5);
    const until = performance.now() + 10;
    while (performance.now() < until);
    expect(deadline.signal.aborted).toBe(false);
    expect(deadline.passed()).toBe(true);
  });

  it("ends early with the caller's signal, for the caller's reason", () => {
    const caller = new AbortController();
    const deadline = start(HOUR_MS, caller.signal);
    caller.abort(new Error("SIGTERM"));
    expect(deadline.signal.reason).toEqual(new Error("SIGTERM"));
    expect(deadline.remainingMs()).toBe(0);
    expect(deadline.passed()).toBe(true);
  });

  it("has passed at once under a signal that has aborted before", () => {
    expect(start(HOUR_MS, AbortSignal.abort()).passed()).toBe(true);
  });

  it("leaves nothing behind in the caller's signals once it is disposed of", () => {
    const callers = [new AbortController(), new AbortController()];
    const deadline = startDeadline(HOUR_MS, ...callers.map(({ signal }) => signal));
    deadline.dispose();
    expect(callers.map(({ signal }) => getEventListeners(signal, "abort").length)).toEqual([0, 0]);
    for (const caller of callers) caller.abort();
    expect(deadline.signal.aborted).toBe(false);
  });

  it("never aborts once it is disposed of", async () => {
    const deadline = start(5);
    deadline.dispose();
    await sleep(30);
    expect(deadline.signal.aborted).toBe(false);
  });
});

describe("sleep", () => {
  it("rejects with the signal's reason as soon as it aborts", async () => {
    const stop = new AbortController();
    const sleeping = sleep(HOUR_MS, stop.signal);
    stop.abort(new CutOffError("enough"));
    await expect(sleeping).rejects.toThrow(new CutOffError("enough"));
  });

  it("rejects at once when the signal has aborted before", async () => {
    await expect(sleep(HOUR_MS, AbortSignal.abort(new CutOffError("before")))).rejects.toThrow("before");
  });

  it("leaves nothing behind on a signal that outlives many sleeps", async () => {
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 20 }, () => sleep(1, signal)));
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });
});

function start(budgetMs: number, ...parents: AbortSignal[]): Deadline {
  const deadline = startDeadline(budgetMs, ...parents);
  onTestFinished(() => deadline.dispose());
  return deadline;
}

/** A deadline's timer keeps no process alive, so something else has to. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) await sleep(5);
}
