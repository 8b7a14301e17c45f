import { SCHEDULED_JOBS } from "@/lib/console/rules/schedule";
import { type CircuitRow, listOpenCircuits } from "@/lib/console/store/circuits";
import { type RunErrors, readLatestRuns } from "@/lib/console/store/runs";
import { type HealthReport, type JobReport, reportHealth } from "@/lib/health/report";
import type { Runtime } from "@/lib/runtime";

/** As many as a sparkline has places for: half an hour of a cron that ticks every minute. */
export const RUNS_SHOWN = 30;

/** More open circuits than this are one failure of a provider's, and the list says so by its length. */
const CIRCUITS_SHOWN_MAX = 50;

/** How one cron stands, with its latest runs, oldest first. */
export interface JobView extends JobReport {
  runs: RunErrors[];
}

export interface Overview {
  jobs: JobView[];
  circuits: CircuitRow[];
  alarms: HealthReport["alarms"];
}

/** How the crons stand: what health says of them, and what their runs looked like. */
export async function readOverview({ db, health }: Pick<Runtime, "db" | "health">): Promise<Overview> {
  const names = SCHEDULED_JOBS.map(({ job }) => job);
  const [report, runs, circuits] = await Promise.all([
    reportHealth(health),
    readLatestRuns(db, names, RUNS_SHOWN),
    listOpenCircuits(db, CIRCUITS_SHOWN_MAX),
  ]);
  const jobs = report.jobs.map((job) => ({ ...job, runs: runs.filter((run) => run.job === job.job).toReversed() }));
  return { jobs, circuits, alarms: report.alarms };
}
