import { describeError } from "@/lib/core/errors";
import { SECOND_MS, startDeadline } from "@/lib/core/time";
import type { HealthDeps } from "./deps";
import { createHeartbeat } from "./heartbeat";
import { rulesOf } from "./jobs";
import { lagSecondsAfterRun } from "./lag";
import { raiseAlarms, tellAlerts } from "./raise";
import { recordLag } from "./store/runs";

/**
 * All that watching may add to a run, before its answer: after it a serverless platform may stop the process at any
 * instant. It lies within what a door keeps of the platform's limit for closing.
 */
const CLOSING_MS_MAX = 4 * SECOND_MS;

export interface RecordedRun {
  runId: string;
  /** It writes nothing, so nothing is told of it, and its end changes nothing. */
  dryRun: boolean;
  /** For all workspaces: only such a run speaks for the job to whoever watches from outside. */
  isWhole: boolean;
}

export interface RunEnd {
  status: "completed" | "partial" | "skipped" | "failed";
  result: object | undefined;
}

/** What a door tells of one of its runs. None of it can fail a run, or hold it up beyond its bound. */
export interface WatchedRun {
  /** The run is on record, and begins. */
  recorded(run: RecordedRun): void;
  /**
   * The run is over: its row is closed, or the database was away and it could not even get one. To be called once, before
   * the answer. Takes at most 4 s, and never rejects.
   */
  end(end: RunEnd): Promise<void>;
}

/** Begins to watch a run of a job, if it comes to one. */
export type WatchRun = (job: string) => WatchedRun;

/**
 * Watches runs: tells those who listen for heartbeats that one began and how it ended, then looks whether anything in
 * the system has become wrong or well, and tells people of that.
 */
export function createWatchRun(deps: HealthDeps): WatchRun {
  return (job) => {
    const heartbeat = createHeartbeat(deps, job);
    let run: RecordedRun | null = null;
    return {
      recorded(recorded) {
        run = recorded;
        if (speaksForJob(run)) heartbeat.recorded(run.runId);
      },
      async end(end) {
        if (run?.dryRun) return;
        const deadline = startDeadline(CLOSING_MS_MAX);
        const looking = run && lookRound(deps, { job, runId: run.runId }, end, deadline.signal);
        const telling = speaksForJob(run) && heartbeat.end(signalOf(end), deadline.signal);
        const timeUp = new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve()));
        await Promise.race([Promise.all([looking, telling]), timeUp]);
        deadline.dispose();
      },
    };
  };
}

/** One that is not on record does: the database is away, whoever called and for what. */
function speaksForJob(run: RecordedRun | null): boolean {
  return run === null || (run.isWhole && !run.dryRun);
}

/**
 * After each run of any job, so that one that does not run is missed by those that do. What goes wrong here is logged,
 * and is nobody else's concern.
 */
async function lookRound(
  deps: HealthDeps,
  { job, runId }: { job: string; runId: string },
  { status, result }: RunEnd,
  giveUp: AbortSignal,
): Promise<void> {
  try {
    if (status === "completed" || status === "partial") {
      const lagSeconds = await lagSecondsAfterRun(deps, { job, ...rulesOf(job) }, result);
      if (lagSeconds !== null) await recordLag(deps.db, runId, lagSeconds);
    }
    await raiseAlarms(deps);
    await tellAlerts(deps, giveUp);
  } catch (error) {
    deps.log.warn({ job, runId, err: { message: describeError(error) } }, "watching a run failed");
  }
}

function signalOf({ status }: RunEnd): "success" | "fail" | "skipped" {
  switch (status) {
    case "completed":
    case "partial":
      return "success";
    case "failed":
      return "fail";
    case "skipped":
      return "skipped";
  }
}
