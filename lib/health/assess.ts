import type { HealthDeps } from "./deps";
import type { WatchedJob } from "./jobs";
import { sumFigures } from "./rules/figures";
import { type JobVerdict, judgeJob } from "./rules/job-state";
import { isStalled, type SuccessfulRun, TREND_RUNS } from "./rules/progress";
import { listFiringKeys } from "./store/alarms";
import { type JobRuns, type RecentSuccess, readRecentSuccesses, readRuns } from "./store/runs";

/** One job with its runs and what they amount to. */
export interface AssessedJob {
  watched: WatchedJob;
  runs: JobRuns;
  verdict: JobVerdict;
  isStalled: boolean;
}

export interface Assessment {
  /** The database's clock, by which everything was judged. */
  now: Date;
  /** When this deployment first ran any job. */
  firstRunAt: Date | null;
  jobs: AssessedJob[];
}

/** The key of the alarm that says a job has stalled: it is also what the job's hysteresis remembers. */
export function stalledKeyOf(job: string): string {
  return `job_stalled:${job}`;
}

/** How every job is doing, from the runs on record. Three statements, whatever their number. */
export async function assessJobs({ db, jobs }: Pick<HealthDeps, "db" | "jobs">): Promise<Assessment> {
  const names = jobs.map(({ job }) => job);
  const [seen, successes, firing] = await Promise.all([
    readRuns(db, names),
    readRecentSuccesses(db, names, TREND_RUNS),
    listFiringKeys(db, names.map(stalledKeyOf)),
  ]);
  const assess = (runs: JobRuns): AssessedJob[] => {
    const watched = jobs.find(({ job }) => job === runs.job);
    if (!watched) return [];
    const before = { stalled: firing.has(stalledKeyOf(runs.job)) };
    const trend = successes.filter(({ job }) => job === runs.job).map((run) => toSuccessfulRun(run, watched));
    const stalled = isStalled(trend, before, { lagSecondsMax: lagSecondsMaxOf(watched) });
    const { lastSuccess, isRunning } = runs;
    const { schedule } = watched;
    const facts = { schedule, isRunning, isStalled: stalled, firstRunAt: seen.firstRunAt };
    const verdict = judgeJob({ ...facts, lastSuccessAt: lastSuccess?.endedAt ?? null }, seen.now);
    return [{ watched, runs, verdict, isStalled: stalled }];
  };
  return { now: seen.now, firstRunAt: seen.firstRunAt, jobs: seen.jobs.flatMap(assess) };
}

function toSuccessfulRun({ status, lagSeconds, result }: RecentSuccess, { progress }: WatchedJob): SuccessfulRun {
  const done = sumFigures(result, progress.done) ?? 0;
  const inVain = sumFigures(result, progress.inVain) ?? 0;
  return { exhausted: status === "completed", progressed: done > inVain, lagSeconds };
}

function lagSecondsMaxOf({ lag }: WatchedJob): number {
  return lag.from === "caught_up" ? Number.POSITIVE_INFINITY : lag.secondsMax;
}
