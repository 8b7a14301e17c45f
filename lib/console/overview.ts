import type { Db } from "@/lib/db/client";
import { type JobState, jobStateOf } from "./rules/job-state";
import { nextDueAfter, SCHEDULED_JOBS } from "./rules/schedule";
import { type CircuitRow, listOpenCircuits } from "./store/circuits";
import { readLags } from "./store/lag";
import { type RunErrors, readLastSuccesses, readLatestRuns } from "./store/runs";

/** As many as a sparkline has places for: half an hour of a cron that ticks every minute. */
export const RUNS_SHOWN = 30;

/** More open circuits than this are one failure of a provider's, and the list says so by its length. */
const CIRCUITS_SHOWN_MAX = 50;

export interface JobView {
  job: string;
  state: JobState;
  lastSuccessAt: Date | null;
  nextDueAt: Date;
  /** How old the oldest work is that waits to be done; null when none does. */
  lagMs: number | null;
  latest: RunErrors | null;
  /** The latest runs, oldest first. */
  runs: { id: string; durationMs: number | null; errors: number; failed: boolean }[];
}

/** How the crons stand at `now`, in the order of vercel.json. Four statements, whatever the size of the tables. */
export async function readOverview(db: Db, now: Date): Promise<{ jobs: JobView[]; circuits: CircuitRow[] }> {
  const names = SCHEDULED_JOBS.map(({ job }) => job);
  const [runs, successes, circuits, lags] = await Promise.all([
    readLatestRuns(db, names, RUNS_SHOWN),
    readLastSuccesses(db, names),
    listOpenCircuits(db, CIRCUITS_SHOWN_MAX),
    readLags(db),
  ]);
  const jobs = SCHEDULED_JOBS.map(({ job, schedule }): JobView => {
    const own = runs.filter((run) => run.job === job);
    const latest = own[0] ?? null;
    const lastSuccessAt = successes.get(job) ?? null;
    return {
      ...{ job, lastSuccessAt, latest, lagMs: lags.get(job) ?? null },
      state: jobStateOf({ schedule, now, lastSuccessAt, latest }),
      nextDueAt: nextDueAfter(schedule, now)[0],
      runs: own.toReversed().map(({ id, durationMs, errors, status }) => {
        return { id, durationMs, errors, failed: status === "failed" || status === "abandoned" };
      }),
    };
  });
  return { jobs, circuits };
}
