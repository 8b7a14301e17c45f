import type { Db } from "@/lib/db/client";

/** A send of which nobody knows whether it arrived, by its key in the ledger. */
export interface UncertainSend {
  instanceId: string;
  /** The instance's `startedAt` when it was sent. */
  round: Date;
  stepOrder: number;
}

/** Ten years: as far as any step's offset reaches. */
const OFFSET_MINUTES_MAX = 10 * 365 * 24 * 60;

/**
 * Puts on record what a person found out about an uncertain send, and lets its instance go on, in one statement. What
 * was sent counts as the step's being done when it left; what was not is due at once, and judged anew like anything that
 * is due. An instance that has moved on meanwhile stays as it is. False where the send is not, or no longer, uncertain.
 */
export async function settleUncertainSend(
  db: Db,
  { instanceId, round, stepOrder }: UncertainSend,
  verdict: "sent" | "not_sent",
  now: Date,
): Promise<boolean> {
  const [row] = await db.$queryRaw<{ settled: number }[]>`
    WITH settled AS (
      UPDATE "FollowUpSend"
      SET "status" = ${verdict}, "reason" = 'settled by hand', "updatedAt" = ${now}::timestamptz
      WHERE "instanceId" = ${instanceId} AND "round" = ${round}::timestamptz AND "stepOrder" = ${stepOrder}::int
        AND "status" = 'unknown'
      RETURNING "instanceId", "round", "stepOrder", "leadId", "markedAt", "status" = 'sent' AS "sent"
    ), following AS (
      SELECT settled."markedAt"
        + GREATEST(0, LEAST(s."dayOffset"::bigint * 1440 + s."minuteOffset", ${OFFSET_MINUTES_MAX}::bigint))
          * interval '1 minute' AS "dueAt"
      FROM settled
      JOIN "FollowUpInstance" i ON i."id" = settled."instanceId"
      JOIN "FollowUpStep" s ON s."sequenceId" = i."sequenceId" AND s."stepOrder" > settled."stepOrder"
      ORDER BY s."stepOrder" LIMIT 1
    ), moved AS (
      UPDATE "FollowUpInstance" i
      SET "currentStep" = CASE WHEN settled."sent" THEN settled."stepOrder" ELSE i."currentStep" END,
          "lastStepAt" = CASE WHEN settled."sent" THEN settled."markedAt" ELSE i."lastStepAt" END,
          "status" = CASE WHEN settled."sent" AND NOT EXISTS (SELECT 1 FROM following) THEN 'completed' ELSE 'active' END,
          "completedAt" = CASE WHEN settled."sent" AND NOT EXISTS (SELECT 1 FROM following) THEN ${now}::timestamptz END,
          "completedReason" = CASE WHEN settled."sent" AND NOT EXISTS (SELECT 1 FROM following) THEN 'finished' END,
          "nextStepDue" = CASE WHEN settled."sent" THEN (SELECT "dueAt" FROM following) ELSE ${now}::timestamptz END,
          "pausedReason" = NULL, "claimToken" = NULL, "claimExpiresAt" = NULL, "updatedAt" = ${now}::timestamptz
      FROM settled
      WHERE i."id" = settled."instanceId" AND i."startedAt" = settled."round" AND i."currentStep" < settled."stepOrder"
        AND i."status" = 'paused' AND i."pausedReason" = 'send_uncertain'
    ), touched AS (
      UPDATE "Lead" l SET "lastOutboundAt" = GREATEST(l."lastOutboundAt", settled."markedAt")
      FROM settled WHERE l."id" = settled."leadId" AND settled."sent"
    )
    SELECT count(*)::int AS "settled" FROM settled`;
  return row?.settled === 1;
}
