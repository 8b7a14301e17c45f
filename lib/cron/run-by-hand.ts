import { describeError } from "@/lib/core/errors";
import type { Outcome } from "@/lib/core/outcome";
import { type Deadline, startDeadline } from "@/lib/core/time";
import type { Runtime } from "@/lib/runtime";
import { closeAbandonedRuns, closeRun, openRun, statusOf } from "./run-record";

export interface RunByHand {
  job: string;
  dryRun: boolean;
  /** The one workspace that the run is about. */
  clientId: string;
  /** The platform's limit on the page that the run is started from, in seconds. */
  maxDuration: number;
  /** The run's own time limit in milliseconds. It is cut to end before the platform's. */
  budgetMs: number;
  run(deadline: Deadline): Promise<Outcome>;
}

/** What is left of the platform's limit for closing the row and showing it, in milliseconds. */
const CLOSING_MARGIN_MS = 5_000;

/**
 * A run that somebody started at the console: with its row, under a deadline, by the same runner as the cron's. Returns
 * the row's id, whatever came of the run. Throws only when the run could not be put on record.
 */
export async function runByHand(runtime: Runtime, { job, dryRun, clientId, ...how }: RunByHand): Promise<string> {
  const { db, clock, log } = runtime;
  const startedAt = clock.now();
  const startedMs = performance.now();
  await closeAbandonedRuns(db, job, how.maxDuration * 1000);
  const runId = await openRun(db, { job, trigger: "console", dryRun, startedAt, onlyClientId: clientId });
  const outcome = await runWithin(runtime, how);
  const durationMs = Math.round(performance.now() - startedMs);
  const status = statusOf(outcome);
  await closeRun(db, runId, {
    ...{ status, durationMs, finishedAt: clock.now() },
    ...(outcome.kind !== "locked" && { result: outcome.result }),
    ...(outcome.kind === "failed" && { error: outcome.error }),
  });
  log.info({ job, runId, trigger: "console", dryRun, status, durationMs }, "run ended");
  return runId;
}

async function runWithin(
  { log }: Runtime,
  { maxDuration, budgetMs, run }: Pick<RunByHand, "maxDuration" | "budgetMs" | "run">,
): Promise<Outcome> {
  const deadline = startDeadline(Math.min(budgetMs, maxDuration * 1000 - CLOSING_MARGIN_MS));
  try {
    return await run(deadline);
  } catch (error) {
    log.error({ err: { message: describeError(error) } }, "run failed");
    return { kind: "failed", error: describeError(error), result: {} };
  } finally {
    deadline.dispose();
  }
}
