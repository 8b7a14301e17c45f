import type { DbOrTx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { InstanceChange, StepTask } from "../records";

/** What has to be true of an instance, besides its round and its step, for a change of it to be written. */
export type StillIs = { claimToken: string } | { pausedReason: string };

/**
 * Writes what instances become, in one statement, where they still are what the decision was made about, and gives their
 * claims back. Returns the ids of those that changed.
 */
export async function settleInstances(
  tx: DbOrTx,
  changes: readonly InstanceChange[],
  still: StillIs,
  now: Date,
): Promise<string[]> {
  const guard =
    "claimToken" in still
      ? Prisma.sql`i."status" = 'active' AND i."claimToken" = ${still.claimToken}`
      : Prisma.sql`i."status" = 'paused' AND i."pausedReason" = ${still.pausedReason}`;
  const resumedAt = "pausedReason" in still ? Prisma.sql`${now}::timestamptz` : Prisma.sql`i."resumedAt"`;
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE "FollowUpInstance" i
    SET "status" = n."status", "pausedReason" = n."pausedReason", "currentStep" = n."currentStep",
        "lastStepAt" = COALESCE(n."lastStepAt", i."lastStepAt"), "nextStepDue" = n."nextStepDue",
        "completedAt" = CASE WHEN n."status" = 'completed' THEN ${now}::timestamptz END,
        "completedReason" = CASE WHEN n."status" = 'completed' THEN 'finished' END,
        "resumedAt" = CASE WHEN n."status" = 'paused' THEN i."resumedAt" ELSE ${resumedAt} END,
        "claimToken" = NULL, "claimExpiresAt" = NULL, "updatedAt" = ${now}
    FROM unnest(
      ${changes.map((change) => change.id)}::text[], ${changes.map((change) => change.round)}::timestamptz[],
      ${changes.map((change) => change.fromStep)}::int[], ${changes.map((change) => change.status)}::text[],
      ${changes.map((change) => change.pausedReason)}::text[], ${changes.map((change) => change.currentStep)}::int[],
      ${changes.map((change) => change.lastStepAt)}::timestamptz[],
      ${changes.map((change) => change.nextStepDue)}::timestamptz[]
    ) AS n("id", "round", "fromStep", "status", "pausedReason", "currentStep", "lastStepAt", "nextStepDue")
    WHERE i."id" = n."id" AND i."startedAt" = n."round" AND i."currentStep" = n."fromStep" AND ${guard}
    RETURNING i."id"`;
  return rows.map((row) => row.id);
}

/** Leaves tasks for people. One that its step has already is not made again; returns how many were made. */
export async function createStepTasks(tx: DbOrTx, tasks: readonly StepTask[]): Promise<number> {
  const { count } = await tx.followUpTask.createMany({ data: [...tasks], skipDuplicates: true });
  return count;
}
