import type { Outcome } from "@/lib/core/outcome";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";

export type RunTrigger = "cron" | "http" | "cli" | "console";

/** How a run ended: `partial` left eligible work for the next one. */
export type RunStatus = "completed" | "partial" | "skipped" | "failed";

/** A run that is still `running` this long after its time limit was killed before it could say so. */
const ABANDONED_AFTER_MARGIN_MS = 30_000;

/** Opens the row of a run. From now on the run is on record, whatever becomes of it. */
export async function openRun(
  db: Db,
  run: { job: string; trigger: RunTrigger; dryRun: boolean; startedAt: Date; onlyClientId?: string },
): Promise<string> {
  const row = await db.cronRun.create({ data: { ...run, status: "running" }, select: { id: true } });
  return row.id;
}

/** Closes the rows of runs that were killed: running for longer than any run of the job can. */
export async function closeAbandonedRuns(db: Db, job: string, durationMsMax: number): Promise<number> {
  const staleAfterMs = durationMsMax + ABANDONED_AFTER_MARGIN_MS;
  return db.$executeRaw`
    UPDATE "CronRun"
    SET "status" = 'abandoned', "finishedAt" = now(), "updatedAt" = now(),
        "error" = 'the process ended before the run did'
    WHERE "job" = ${job} AND "status" = 'running'
      AND "startedAt" < now() - ${staleAfterMs}::int * interval '1 millisecond'`;
}

/** Closes the row of a run with what came of it. A row already closed as abandoned stays so. */
export async function closeRun(
  db: Db,
  runId: string,
  end: { status: RunStatus; finishedAt: Date; durationMs: number; result?: object; error?: string },
): Promise<void> {
  const { result, ...fields } = end;
  await db.cronRun.updateMany({
    where: { id: runId, status: "running" },
    data: { ...fields, updatedAt: end.finishedAt, result: result ? { ...result } : Prisma.DbNull },
  });
}

/** The status that an outcome stands for. */
export function statusOf(outcome: Outcome): RunStatus {
  switch (outcome.kind) {
    case "locked":
      return "skipped";
    case "failed":
      return "failed";
    case "ran":
      return outcome.result.exhausted ? "completed" : "partial";
  }
}
