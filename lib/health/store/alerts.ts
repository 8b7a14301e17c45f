import type { Db } from "@/lib/db/client";

/** An alert that is being told, by whoever has its claim. */
export interface ClaimedAlert {
  alarmKey: string;
  change: number;
  kind: string;
  state: string;
  summary: string;
  /** This attempt included. */
  attempts: number;
}

/** Whoever has not recorded an outcome within this time was killed: the alert is told again, possibly twice. */
const CLAIM_SECONDS = 30;
/** What one message takes. More than that wait for the next run. */
const CLAIMED_MAX = 500;

/**
 * Gives up on telling what is older than a day and not so any more: a receiver that was away, or that nobody had named,
 * hears of what still fires and is spared the rest.
 */
export async function supersedeOldAlerts(db: Db): Promise<number> {
  return db.$executeRaw`
    UPDATE "Alert" t SET "status" = 'superseded'
    WHERE t."status" = 'pending' AND t."createdAt" < clock_timestamp() - interval '1 day' AND NOT EXISTS (
      SELECT 1 FROM "Alarm" a WHERE a."key" = t."alarmKey" AND a."change" = t."change" AND a."state" = 'firing')`;
}

/**
 * Claims all that is to be told, oldest first, as soon as any of it is due. Of several runs at once each alert is given
 * to one; a claim that came to nothing runs out.
 */
export async function claimAlerts(db: Db, token: string): Promise<ClaimedAlert[]> {
  const rows = await db.$queryRaw<(ClaimedAlert & { createdAt: Date })[]>`
    WITH free AS (
      SELECT "alarmKey", "change", "nextAttemptAt" FROM "Alert"
      WHERE "status" = 'pending' AND ("claimedUntil" IS NULL OR "claimedUntil" <= clock_timestamp())
      ORDER BY "createdAt", "alarmKey", "change" LIMIT ${CLAIMED_MAX}::int FOR UPDATE SKIP LOCKED
    )
    UPDATE "Alert" t
    SET "claimToken" = ${token}, "claimedUntil" = clock_timestamp() + ${CLAIM_SECONDS}::int * interval '1 second',
        "attempts" = t."attempts" + 1
    FROM free
    WHERE t."alarmKey" = free."alarmKey" AND t."change" = free."change"
      AND (SELECT min("nextAttemptAt") FROM free) <= clock_timestamp()
    RETURNING t."alarmKey", t."change", t."kind", t."state", t."summary", t."attempts", t."createdAt"`;
  return rows.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.change - b.change);
}

/** Records that what this token claimed was told. */
export async function recordTold(db: Db, token: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "Alert" SET "status" = 'sent', "sentAt" = clock_timestamp(), "claimToken" = NULL, "claimedUntil" = NULL,
      "lastError" = NULL
    WHERE "claimToken" = ${token} AND "status" = 'pending'`;
}

/** Records that what this token claimed was not told, why, and for how long to leave each alone. */
export async function recordUntold(
  db: Db,
  token: string,
  reason: string,
  waits: readonly { alarmKey: string; change: number; waitMs: number }[],
): Promise<void> {
  await db.$executeRaw`
    UPDATE "Alert" t
    SET "claimToken" = NULL, "claimedUntil" = NULL, "lastError" = ${reason},
        "nextAttemptAt" = clock_timestamp() + w."waitMs" * interval '1 millisecond'
    FROM unnest(${waits.map(({ alarmKey }) => alarmKey)}::text[], ${waits.map(({ change }) => change)}::int[],
      ${waits.map(({ waitMs }) => waitMs)}::int[]) AS w("alarmKey", "change", "waitMs")
    WHERE t."alarmKey" = w."alarmKey" AND t."change" = w."change" AND t."claimToken" = ${token}`;
}

/** Forgets what was told or given up three months ago, a bounded number at a time. */
export async function forgetOldAlerts(db: Db): Promise<number> {
  return db.$executeRaw`
    DELETE FROM "Alert" WHERE ("alarmKey", "change") IN (
      SELECT "alarmKey", "change" FROM "Alert"
      WHERE "status" <> 'pending' AND "createdAt" < now() - interval '90 days' LIMIT 1000)`;
}

/** How many alerts nobody has been told of yet. */
export async function countUntoldAlerts(db: Db): Promise<number> {
  return db.alert.count({ where: { status: "pending" } });
}
