import { scrub } from "@/lib/core/scrub";
import { type AssessedJob, type Assessment, assessJobs } from "./assess";
import type { HealthDeps } from "./deps";
import { lagSecondsNow } from "./lag";
import type { JobState } from "./rules/job-state";
import { listFiringAlarms } from "./store/alarms";
import { listOpenCircuits, type OpenCircuit } from "./store/circuits";

/** As many as a person reads. The count of circuits is in the metrics. */
const CIRCUITS_MAX = 100;
const ALARMS_MAX = 100;

export interface JobReport {
  job: string;
  /** Five fields, in UTC. */
  schedule: string;
  state: JobState;
  lastSuccess: Date | null;
  /** The latest run, however it ended; `error` as the run's row has it. */
  lastRun: {
    runId: string;
    status: string;
    trigger: string;
    startedAt: Date;
    finishedAt: Date | null;
    durationMs: number | null;
    error: string | null;
  } | null;
  nextDue: Date;
  overdueAt: Date | null;
  /** For how long the oldest unfinished work has waited; null where nobody knows. */
  lagSeconds: number | null;
}

export interface HealthReport {
  /** `overdue` if a job is, else `degraded` if one is stalled, else `ok`. */
  status: "ok" | "degraded" | "overdue";
  timestamp: Date;
  database: { reachable: true };
  jobs: JobReport[];
  circuits: OpenCircuit[];
  alarms: { key: string; kind: string; since: Date; summary: string }[];
}

/** How everything is doing, for whoever operates it: ids and figures, workspaces' names, no secrets. */
export async function reportHealth(deps: HealthDeps): Promise<HealthReport> {
  const { db } = deps;
  const [assessment, circuits, alarms] = await Promise.all([
    assessJobs(deps),
    listOpenCircuits(db, CIRCUITS_MAX),
    listFiringAlarms(db, ALARMS_MAX),
  ]);
  const jobs = await Promise.all(assessment.jobs.map((job) => reportJob(deps, job, assessment)));
  return {
    status: statusOf(jobs),
    timestamp: assessment.now,
    database: { reachable: true },
    jobs,
    circuits: circuits.map((circuit) => ({ ...circuit, reason: circuit.reason && scrub(circuit.reason) })),
    alarms,
  };
}

async function reportJob(deps: HealthDeps, assessed: AssessedJob, assessment: Assessment): Promise<JobReport> {
  const { watched, runs, verdict } = assessed;
  return {
    job: watched.job,
    schedule: watched.schedule,
    state: verdict.state,
    lastSuccess: runs.lastSuccess?.endedAt ?? null,
    lastRun: runs.lastRun && reportRun(runs.lastRun),
    nextDue: verdict.nextDueAt,
    overdueAt: verdict.overdueAt,
    lagSeconds: await lagSecondsNow(deps, watched, runs, assessment),
  };
}

/** Rows may be written by others, who scrub nothing. */
function reportRun({ id, error, ...run }: NonNullable<AssessedJob["runs"]["lastRun"]>): JobReport["lastRun"] {
  return { runId: id, ...run, error: error && scrub(error) };
}

function statusOf(jobs: readonly JobReport[]): HealthReport["status"] {
  const states = new Set(jobs.map(({ state }) => state));
  if (states.has("overdue")) return "overdue";
  return states.has("stalled") ? "degraded" : "ok";
}
