import { setMaxListeners } from "node:events";
import { CutOffError } from "./errors";

/** Where the domain's "now" comes from. Leases, waits for tokens and cool-downs use the database's clock instead. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The end of a run's budget, measured on the monotonic clock so that a corrected wall clock moves nothing. */
export interface Deadline {
  /** Aborts when the budget is spent or the caller's own signal aborts. */
  readonly signal: AbortSignal;
  remainingMs(): number;
  passed(): boolean;
  /** Stops the timer and leaves the caller's signals. A deadline that is not disposed of keeps no process alive. */
  dispose(): void;
}

/** Starts a budget of `budgetMs`. It ends early when one of `parents` aborts, with that one's reason. */
export function startDeadline(budgetMs: number, ...parents: AbortSignal[]): Deadline {
  const endsAt = performance.now() + budgetMs;
  const end = new AbortController();
  const timeout = setTimeout(() => end.abort(new CutOffError("the time budget is spent")), budgetMs);
  timeout.unref();
  const unfollow = abortWith(end, parents);
  const signal = listenedToByMany(end.signal);
  const remainingMs = () => (signal.aborted ? 0 : Math.max(0, endsAt - performance.now()));
  const dispose = () => {
    clearTimeout(timeout);
    unfollow();
  };
  return { signal, remainingMs, passed: () => remainingMs() === 0, dispose };
}

/**
 * Aborts `controller` as soon as one of `signals` does, with that one's reason, until the function that this returns is
 * called. `AbortSignal.any` needs no such call, but leaves a kilobyte in each signal for as long as that lives: in a
 * backfill, for every request.
 */
export function abortWith(controller: AbortController, signals: readonly AbortSignal[]): () => void {
  const listeners = signals.map((signal) => ({ signal, abort: () => controller.abort(signal.reason) }));
  for (const { signal, abort } of listeners) {
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return () => {
    for (const { signal, abort } of listeners) signal.removeEventListener("abort", abort);
  };
}

/** As many leads as are under way listen to one signal: that is no leak, and Node need not warn of it. */
export function listenedToByMany(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal);
  return signal;
}

/** For work that takes as long as it takes: it ends when `signal` aborts, and not before. */
export function withoutDeadline(signal: AbortSignal): Deadline {
  const remainingMs = () => (signal.aborted ? 0 : Number.POSITIVE_INFINITY);
  return { signal, remainingMs, passed: () => signal.aborted, dispose: () => {} };
}

/** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      clearTimeout(timeout);
      reject(signal?.reason);
    };
    const timeout = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
