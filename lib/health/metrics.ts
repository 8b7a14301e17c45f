import { SECOND_MS } from "@/lib/core/time";
import { version } from "@/package.json";
import { type AssessedJob, type Assessment, assessJobs } from "./assess";
import type { HealthDeps } from "./deps";
import { lagSecondsNow } from "./lag";
import { ALARM_KINDS } from "./rules/alarms";
import { type MetricFamily, type Sample, toExposition } from "./rules/exposition";
import { FIGURES, type FigureName, sumFigures } from "./rules/figures";
import { countFiringAlarms } from "./store/alarms";
import { countUntoldAlerts } from "./store/alerts";
import { countRunningBackfills } from "./store/backfills";
import { countOpenCircuits } from "./store/circuits";
import { countRunsOfLastDay } from "./store/runs";

/** Series that are always there, so that the first circuit to open is a change and no new series. */
const PROVIDERS = ["GHL", "CALENDLY", "KAPSO"];
const RUN_STATUSES = ["completed", "partial", "skipped", "failed", "abandoned", "running"];

/**
 * Everything worth a graph, in Prometheus' text format. All of it is read from the database when somebody asks: a process
 * that may be gone after each answer has nothing to count in, so a client library with a registry would count nothing.
 * Labels are jobs, providers, statuses and kinds, which are few; never workspaces.
 */
export async function collectMetrics(deps: HealthDeps): Promise<string> {
  const { db } = deps;
  const names = deps.jobs.map(({ job }) => job);
  const [assessment, runs, circuits, backfills, alarms, untold] = await Promise.all([
    assessJobs(deps),
    countRunsOfLastDay(db, names),
    countOpenCircuits(db),
    countRunningBackfills(db),
    countFiringAlarms(db),
    countUntoldAlerts(db),
  ]);
  const counted = (rows: readonly { count: number }[]) => rows[0]?.count ?? 0;
  return toExposition([
    gauge("leadline_build_info", "The version that answers; always 1.", [sample({ version }, 1)]),
    ...(await jobFamilies(deps, assessment)),
    gauge(
      "leadline_job_runs_last_day",
      "Runs of the last 24 hours, dry ones left out, by their status.",
      names.flatMap((job) =>
        RUN_STATUSES.map((status) =>
          sample({ job, status }, counted(runs.filter((row) => row.job === job && row.status === status))),
        ),
      ),
    ),
    ...figureFamilies(assessment.jobs),
    gauge(
      "leadline_circuits_open",
      "Circuits that are open or half-open, one per workspace and provider.",
      union(
        PROVIDERS,
        circuits.map(({ provider }) => provider),
      ).map((provider) => sample({ provider }, counted(circuits.filter((row) => row.provider === provider)))),
    ),
    gauge(
      "leadline_backfills_running",
      "Backfills that are at work.",
      union(
        ["backfill-appointments", "backfill-response-timing"],
        backfills.map(({ job }) => job),
      ).map((job) => sample({ job }, counted(backfills.filter((row) => row.job === job)))),
    ),
    gauge(
      "leadline_alarms_firing",
      "Alarms that fire, by kind.",
      ALARM_KINDS.map((kind) => sample({ kind }, counted(alarms.filter((row) => row.kind === kind)))),
    ),
    gauge("leadline_alerts_untold", "Changes of alarms that nobody has been told of yet.", [sample({}, untold)]),
  ]);
}

async function jobFamilies(deps: HealthDeps, assessment: Assessment): Promise<MetricFamily[]> {
  const { jobs } = assessment;
  const lags = await Promise.all(jobs.map(({ watched, runs }) => lagSecondsNow(deps, watched, runs, assessment)));
  const perJob = (figureOf: (job: AssessedJob, index: number) => number | null): Sample[] =>
    jobs.flatMap((job, index) => {
      const value = figureOf(job, index);
      return value === null ? [] : [sample({ job: job.watched.job }, value)];
    });
  const flag = (isSo: boolean) => (isSo ? 1 : 0);
  return [
    gauge(
      "leadline_job_last_run_timestamp_seconds",
      "When the job's latest run began, dry ones left out.",
      perJob(({ runs }) => runs.lastRun && runs.lastRun.startedAt.getTime() / SECOND_MS),
    ),
    gauge(
      "leadline_job_last_success_timestamp_seconds",
      "When the job's last success ended.",
      perJob(({ runs }) => runs.lastSuccess && runs.lastSuccess.endedAt.getTime() / SECOND_MS),
    ),
    gauge(
      "leadline_job_last_success_duration_seconds",
      "How long the job's last success took.",
      perJob(({ runs }) => inSeconds(runs.lastSuccess?.durationMs ?? null)),
    ),
    gauge(
      "leadline_job_next_due_timestamp_seconds",
      "When the job is next due by its schedule.",
      perJob(({ verdict }) => verdict.nextDueAt.getTime() / SECOND_MS),
    ),
    gauge(
      "leadline_job_lag_seconds",
      "For how long the job's oldest unfinished work has waited.",
      perJob((_, index) => lags[index] ?? null),
    ),
    gauge(
      "leadline_job_overdue",
      "1 if the job had no success for three intervals and a minute, else 0.",
      perJob(({ verdict }) => flag(verdict.state === "overdue")),
    ),
    gauge(
      "leadline_job_stalled",
      "1 if the job's runs succeed and its work does not get done, else 0.",
      perJob(({ isStalled }) => flag(isStalled)),
    ),
    gauge(
      "leadline_job_running",
      "1 if a run of the job is at work, else 0.",
      perJob(({ runs }) => flag(runs.isRunning)),
    ),
  ];
}

/** What the last success of each job says of itself: a family per figure, a sample per job that has it. */
function figureFamilies(jobs: readonly AssessedJob[]): MetricFamily[] {
  const names = Object.keys(FIGURES).filter((name): name is FigureName => name in FIGURES);
  return names.map((name) =>
    gauge(
      `leadline_last_success_${name}`,
      `${FIGURES[name]} In the job's last success.`,
      jobs.flatMap(({ watched, runs }) => {
        const value = sumFigures(runs.lastSuccess?.result, watched.figures[name] ?? []);
        return value === null ? [] : [sample({ job: watched.job }, value)];
      }),
    ),
  );
}

function inSeconds(ms: number | null): number | null {
  return ms === null ? null : ms / SECOND_MS;
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, help, type: "gauge", samples };
}

function sample(labels: Sample["labels"], value: number): Sample {
  return { labels, value };
}

function union(first: readonly string[], others: readonly string[]): string[] {
  return [...new Set([...first, ...others])];
}
