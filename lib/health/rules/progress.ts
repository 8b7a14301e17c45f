/** One successful run of a job, as far as its progress is concerned. */
export interface SuccessfulRun {
  /** It left no eligible work behind. */
  exhausted: boolean;
  /** It got something done: its cursor moved. */
  progressed: boolean;
  /** For how long the oldest work had waited when it ended, in seconds; null where nobody measured. */
  lagSeconds: number | null;
}

/** So many runs in a row make a trend. Fewer would take one slow provider for a standstill. */
export const TREND_RUNS = 5;

/** What was waited for has to fall to this share of the limit before a job that fell behind is said to have caught up. */
const CAUGHT_UP_SHARE = 0.5;

/**
 * Whether a job's successes hide a standstill: run after run leaves work and gets none done, or what waits grows older
 * from run to run though it is older than `lagSecondsMax` already.
 *
 * `runs` are the latest, newest first. A job that has stalled (`before`) is let go only when a run gets something done
 * and the wait has halved or falls from run to run, so that a figure near the limit does not flap.
 */
export function isStalled(
  runs: readonly SuccessfulRun[],
  before: { stalled: boolean },
  limits: { lagSecondsMax: number },
): boolean {
  const trend = runs.slice(0, TREND_RUNS);
  if (standsStill(trend) || fallsBehind(trend, limits)) return true;
  return before.stalled && !hasRecovered(trend, limits);
}

/** Work is left every time, and nothing of it is done. */
function standsStill(trend: readonly SuccessfulRun[]): boolean {
  return trend.length === TREND_RUNS && trend.every((run) => !run.exhausted && !run.progressed);
}

function fallsBehind(trend: readonly SuccessfulRun[], { lagSecondsMax }: { lagSecondsMax: number }): boolean {
  const lags = lagsOf(trend);
  return lags !== null && (lags[0] ?? 0) > lagSecondsMax && pairs(lags).every(([newer, older]) => newer > older);
}

function hasRecovered(trend: readonly SuccessfulRun[], { lagSecondsMax }: { lagSecondsMax: number }): boolean {
  const [latest] = trend;
  if (latest === undefined || !(latest.exhausted || latest.progressed)) return false;
  if (latest.lagSeconds === null || latest.lagSeconds <= lagSecondsMax * CAUGHT_UP_SHARE) return true;
  const lags = lagsOf(trend);
  return lags !== null && pairs(lags).every(([newer, older]) => newer < older);
}

/** The wait of each run, if there are enough of them and all were measured. */
function lagsOf(trend: readonly SuccessfulRun[]): number[] | null {
  const lags = trend.flatMap(({ lagSeconds }) => (lagSeconds === null ? [] : [lagSeconds]));
  return lags.length === TREND_RUNS ? lags : null;
}

function pairs(values: readonly number[]): [newer: number, older: number][] {
  return values.slice(1).map((older, index) => [values[index] ?? older, older]);
}
