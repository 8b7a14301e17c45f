/**
 * The first batch of a run: small enough that a short budget gets something done whatever the threads are like, large
 * enough that the usual run needs no second one.
 */
export const FIRST_BATCH_THREADS = 50;

/** How the last batch went. */
export interface BatchPace {
  /** How many threads it was allowed. */
  threads: number;
  tookMs: number;
  /** What is left of the run's budget. */
  remainingMs: number;
  threadsMax: number;
}

/**
 * How many threads the next batch may have: twice as many while even that would use little of what is left, half as
 * many where as many again would use too much.
 */
export function nextBatchThreads({ threads, tookMs, remainingMs, threadsMax }: BatchPace): number {
  if (tookMs * 8 <= remainingMs) return Math.min(threads * 2, threadsMax);
  if (tookMs * 2 > remainingMs) return Math.max(1, Math.floor(threads / 2));
  return threads;
}
