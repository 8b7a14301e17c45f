import type { z } from "zod";
import { describeError } from "@/lib/core/errors";
import type { Outcome } from "@/lib/core/outcome";
import { type Deadline, startDeadline } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { getRuntime, type Runtime } from "@/lib/runtime";
import { answers, json } from "./answers";
import { decideEntry } from "./entry";
import { closeAbandonedRuns, closeRun, openRun, type RunTrigger, statusOf } from "./run-record";

interface CommonParams {
  clientId?: string | undefined;
  dryRun: boolean;
}

export interface CronDefinition<Params extends CommonParams> {
  /** The job's name: the last part of its path, and the `job` of its run rows. */
  job: string;
  /** The platform's limit on the route, in seconds: the literal that Next reads from the route file. */
  maxDuration: number;
  /** The query parameters, all checked before anything is opened. */
  params: z.ZodType<Params>;
  /** The run's own time limit in milliseconds. It is cut to end before the platform's. */
  budgetMs(runtime: Runtime, params: Params): number;
  run(runtime: Runtime, params: Params, deadline: Deadline): Promise<Outcome>;
}

type WatchedRun = ReturnType<Runtime["watchRun"]>;

/** What is left of the platform's limit for closing the run row and answering, in milliseconds. */
const CLOSING_MARGIN_MS = 5_000;

/**
 * The one way to make a cron route: authorise, parse, check the schema, open the run row, run under a deadline, close
 * the row, answer once in JSON. The order of these decisions is part of the contract, and no effect comes before the
 * last of them.
 */
export function defineCron<Params extends CommonParams>(definition: CronDefinition<Params>, runtimeOf = getRuntime) {
  const handle = async (request: Request): Promise<Response> => {
    const runtime = runtimeOf();
    const watched = runtime.watchRun(definition.job);
    try {
      const entry = await decideEntry(runtime, request, definition.params);
      if (entry.kind === "refused") return entry.answer;
      return await runOnRecord(definition, runtime, entry.params, triggerOf(request.headers), watched);
    } catch (error) {
      await watched.end({ status: "failed", result: undefined });
      return answerFailure(runtime, definition.job, error);
    }
  };
  return { GET: handle, POST: handle, HEAD: refuse };
}

/** Next would answer HEAD with the GET handler, which would start a run that nobody reads. */
async function refuse(): Promise<Response> {
  return answers.methodNotAllowed();
}

/** One run with its row: opened before the first effect, closed after the last, whatever happens between. */
async function runOnRecord<Params extends CommonParams>(
  definition: CronDefinition<Params>,
  runtime: Runtime,
  params: Params,
  trigger: RunTrigger,
  watched: WatchedRun,
): Promise<Response> {
  const { job } = definition;
  const { db, clock, log } = runtime;
  const { dryRun, clientId: onlyClientId } = params;
  const startedAt = clock.now();
  const startedMs = performance.now();
  await closeAbandonedRuns(db, job, definition.maxDuration * 1000);
  const runId = await openRun(db, { job, trigger, dryRun, startedAt, ...(onlyClientId && { onlyClientId }) });
  watched.recorded({ runId, dryRun, isWhole: onlyClientId === undefined });
  const { outcome, databaseLost } = await runWithinBudget(definition, runtime, params);
  const durationMs = Math.round(performance.now() - startedMs);
  const finishedAt = clock.now();
  const status = statusOf(outcome);
  const result = outcome.kind === "locked" ? undefined : outcome.result;
  const error = outcome.kind === "failed" ? outcome.error : undefined;
  await closeRun(db, runId, {
    status,
    finishedAt,
    durationMs,
    ...(result && { result }),
    ...(error !== undefined && { error }),
  });
  log.info({ job, runId, trigger, dryRun, status, durationMs, ...result }, "run ended");
  await watched.end({ status, result });
  if (databaseLost) return answers.databaseUnavailable();
  const common = { job, runId, dryRun, durationMs, timestamp: finishedAt.toISOString() };
  switch (outcome.kind) {
    case "ran":
      return json(200, { success: true, ...common, ...outcome.result });
    case "locked":
      return json(200, { success: true, ...common, skipped: true, reason: "locked" });
    case "failed":
      return json(500, { success: false, ...common, error: outcome.error, ...outcome.result });
  }
}

/** Runners throw when they lose the database: whoever called should come again, rather than look for a defect. */
async function runWithinBudget<Params extends CommonParams>(
  definition: CronDefinition<Params>,
  runtime: Runtime,
  params: Params,
): Promise<{ outcome: Outcome; databaseLost: boolean }> {
  const budgetMs = Math.min(definition.budgetMs(runtime, params), definition.maxDuration * 1000 - CLOSING_MARGIN_MS);
  const deadline = startDeadline(budgetMs);
  try {
    return { outcome: await definition.run(runtime, params, deadline), databaseLost: false };
  } catch (error) {
    runtime.log.error({ job: definition.job, err: { message: describeError(error) } }, "run failed");
    const outcome: Outcome = { kind: "failed", error: describeError(error), result: {} };
    return { outcome, databaseLost: isDatabaseUnavailable(error) };
  } finally {
    deadline.dispose();
  }
}

function answerFailure(runtime: Runtime, job: string, error: unknown): Response {
  runtime.log.error({ job, err: { message: describeError(error) } }, "run could not be recorded");
  if (isDatabaseUnavailable(error)) return answers.databaseUnavailable();
  return json(500, { success: false, error: "internal_error", job });
}

/** Vercel's scheduler names itself in the user agent; everybody else is somebody with a client. */
function triggerOf(headers: Headers): RunTrigger {
  return headers.get("user-agent")?.startsWith("vercel-cron/") ? "cron" : "http";
}
