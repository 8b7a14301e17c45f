import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import vercel from "@/vercel.json";
import type { FigurePaths } from "./rules/figures";

/**
 * How the age of a job's oldest unfinished work is known. Waiting longer than `secondsMax`, and longer from run to run,
 * is falling behind.
 */
export type LagSource =
  /** A probe of the job's own looks at the records. */
  | { from: "measured"; secondsMax: number }
  /** The run's result says it, as `lagSeconds`. */
  | { from: "reported"; secondsMax: number }
  /**
   * From the start of the last run that left nothing: no eligible work can be older. An upper bound, and no sign of
   * falling behind: it also grows while a long queue is worked off.
   */
  | { from: "caught_up" };

export interface JobRules {
  /** A run got something done if the first fields add up to more than the others. */
  progress: { done: readonly string[]; inVain: readonly string[] };
  lag: LagSource;
  /** What metrics show of a run's result. */
  figures: FigurePaths;
}

export interface WatchedJob extends JobRules {
  job: string;
  /** Five fields, in UTC. */
  schedule: string;
}

const minutes = (count: number) => (count * MINUTE_MS) / SECOND_MS;

/** An entry per job: this is where a new one is made known. */
export const JOB_RULES: Readonly<Record<string, JobRules>> = {
  "appointment-reconcile": {
    progress: { done: ["leadsChecked"], inVain: ["errors"] },
    // Hot leads are due every minute. A quarter of an hour is long enough for an account that is out of requests.
    lag: { from: "measured", secondsMax: minutes(15) },
    figures: {
      workspaces_processed: ["workspacesProcessed"],
      workspaces_without_credentials: ["skippedNoCreds"],
      workspaces_behind_circuits: ["skippedCircuitOpen"],
      leads_checked: ["leadsChecked"],
      leads_skipped: ["skipped"],
      leads_failed: ["errors"],
      leads_updated: ["updated"],
      bookings_found: ["bookedFound"],
      cancellations_found: ["canceledFound"],
      reschedules_found: ["rescheduledFound"],
      tasks_created: ["tasksCreated"],
      run_breaker_tripped: ["circuitBroken"],
    },
  },
  followups: {
    progress: { done: ["results.due"], inVain: [] },
    // A morning's window opens on all that waited for it, due at one instant: an hour is what a large account takes to
    // send that at its provider's rate.
    lag: { from: "measured", secondsMax: minutes(60) },
    figures: {
      backstop_completed: ["backstop.completedCount"],
      instances_resumed: ["snoozed.resumedCount", "resumed.resumedCount", "enrichment.resumedCount"],
      steps_due: ["results.due"],
      steps_sent: ["results.sent"],
      steps_deferred: ["results.deferred"],
      steps_failed: ["results.failed"],
      sends_unknown: ["results.unknown"],
      tasks_created: ["results.tasks"],
    },
  },
  "response-timing": {
    progress: { done: ["processed"], inVain: [] },
    // Six of its turns: a large import may take a few runs.
    lag: { from: "reported", secondsMax: minutes(30) },
    figures: {
      threads_processed: ["processed"],
      rows_inserted: ["inserted"],
      rows_updated: ["updated"],
      rows_retracted: ["retracted"],
      rows_mismatched: ["mismatches"],
    },
  },
  "background-sync": {
    progress: { done: ["workspaces"], inVain: ["errors"] },
    lag: { from: "caught_up" },
    figures: {
      workspaces_processed: ["workspaces"],
      workspaces_failed: ["errors"],
      contacts_checked: ["checked"],
      contacts_stale: ["stale"],
      contacts_flagged: ["flagged"],
      conversations_verified: ["verified"],
      conversations_missed: ["missed"],
    },
  },
};

/** The crons that vercel.json runs, with what is known of each. The file is part of the build. */
export const WATCHED_JOBS: readonly WatchedJob[] = vercel.crons.map(({ path, schedule }) => {
  const job = path.slice(path.lastIndexOf("/") + 1);
  return { job, schedule, ...rulesOf(job) };
});

/** What is watched of a job. One without an entry is only waited for. */
export function rulesOf(job: string): JobRules {
  return JOB_RULES[job] ?? { progress: { done: [], inVain: [] }, lag: { from: "caught_up" }, figures: {} };
}
