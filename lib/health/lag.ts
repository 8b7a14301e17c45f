import { describeError } from "@/lib/core/errors";
import { SECOND_MS } from "@/lib/core/time";
import type { HealthDeps } from "./deps";
import type { WatchedJob } from "./jobs";
import { readFigure } from "./rules/figures";
import type { JobRuns } from "./store/runs";

/** Whoever asks about health does not wait longer than this for one figure. A probe takes a few hundredths of it. */
const PROBE_MS_MAX = 2 * SECOND_MS;

/** The longest that `caught_up` looks back: a job that has left work all day is reported as a day behind. */
const LOOKBACK_SECONDS = 86_400;

/**
 * For how long the oldest unfinished work of a job has waited at `now`, in seconds; null where nobody knows: the job
 * never ran, or its probe failed. What is not measured is an upper bound, and grows until the next run.
 */
export async function lagSecondsNow(
  deps: Pick<HealthDeps, "lagProbes" | "log">,
  { job, lag }: Pick<WatchedJob, "job" | "lag">,
  runs: Pick<JobRuns, "lastSuccess" | "caughtUpAt">,
  { now, firstRunAt }: { now: Date; firstRunAt: Date | null },
): Promise<number | null> {
  const { lastSuccess, caughtUpAt } = runs;
  switch (lag.from) {
    case "measured":
      return probe(deps, job);
    case "reported":
      return (
        lastSuccess && (readFigure(lastSuccess.result, "lagSeconds") ?? 0) + secondsSince(lastSuccess.endedAt, now)
      );
    case "caught_up":
      if (lastSuccess === null) return null;
      return Math.min(LOOKBACK_SECONDS, secondsSince(caughtUpAt ?? firstRunAt ?? lastSuccess.endedAt, now));
  }
}

/** What is written on the row of a run that has just ended; null where its job's lag says nothing about falling behind. */
export async function lagSecondsAfterRun(
  deps: Pick<HealthDeps, "lagProbes" | "log">,
  { job, lag }: Pick<WatchedJob, "job" | "lag">,
  result: unknown,
): Promise<number | null> {
  switch (lag.from) {
    case "measured":
      return probe(deps, job);
    case "reported":
      return Math.round(readFigure(result, "lagSeconds") ?? 0);
    case "caught_up":
      return null;
  }
}

/** A figure that cannot be had is no reason to say nothing else. */
async function probe({ lagProbes, log }: Pick<HealthDeps, "lagProbes" | "log">, job: string): Promise<number | null> {
  const late = new Promise<null>((resolve) => setTimeout(resolve, PROBE_MS_MAX, null).unref());
  try {
    return await Promise.race([lagProbes[job]?.() ?? null, late]);
  } catch (error) {
    log.warn({ job, err: { message: describeError(error) } }, "lag could not be measured");
    return null;
  }
}

function secondsSince(from: Date, now: Date): number {
  return Math.max(0, Math.round((now.getTime() - from.getTime()) / SECOND_MS));
}
