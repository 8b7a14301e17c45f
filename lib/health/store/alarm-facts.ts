import type { Db } from "@/lib/db/client";
import type { NamedWorkspace } from "../rules/alarms";

/**
 * Whether the breaker of each of the latest `count` reconcile runs tripped, newest first. A run for one workspace says
 * nothing about the others.
 */
export async function readBreakers(db: Db, count: number): Promise<boolean[]> {
  const rows = await db.$queryRaw<{ tripped: boolean }[]>`
    SELECT COALESCE("result" -> 'circuitBroken' = 'true'::jsonb, false) AS "tripped" FROM "CronRun"
    WHERE "job" = 'appointment-reconcile' AND "status" IN ('completed', 'partial', 'failed') AND NOT "dryRun"
      AND "onlyClientId" IS NULL
    ORDER BY "startedAt" DESC LIMIT ${count}::int`;
  return rows.map(({ tripped }) => tripped);
}

/**
 * The workspaces whose credential is certainly refused, at most `limit` of them. One that was taken away since is
 * nobody's concern any more.
 */
export async function listDeadCredentials(db: Db, limit: number): Promise<(NamedWorkspace & { provider: string })[]> {
  return db.$queryRaw`
    SELECT t."clientId", c."name", t."provider" FROM "Circuit" t JOIN "Client" c ON c."id" = t."clientId"
    WHERE t."credentialDead" AND t."openUntil" IS NOT NULL AND CASE t."provider"
      WHEN 'GHL' THEN c."ghlPrivateKey" IS NOT NULL
      WHEN 'CALENDLY' THEN c."calendlyAccessToken" IS NOT NULL
      WHEN 'KAPSO' THEN c."kapsoApiKey" IS NOT NULL OR c."metaAccessToken" IS NOT NULL
      ELSE true END
    ORDER BY t."clientId", t."provider" LIMIT ${limit}::int`;
}

/**
 * What the runs of the last hour found that should not have been there: follow-ups that the backstop completed, and rows
 * on which the audit of response timing disagreed. Whatever else a result holds there counts as nothing.
 */
export async function sumFindings(db: Db): Promise<{ backstopCompleted: number; rowsMismatched: number }> {
  const [row] = await db.$queryRaw<{ backstopCompleted: number; rowsMismatched: number }[]>`
    SELECT
      COALESCE(sum(CASE WHEN "job" = 'followups' AND jsonb_typeof("result" #> '{backstop,completedCount}') = 'number'
        THEN ("result" #>> '{backstop,completedCount}')::numeric END), 0)::float8 AS "backstopCompleted",
      COALESCE(sum(CASE WHEN "job" = 'response-timing' AND jsonb_typeof("result" -> 'mismatches') = 'number'
        THEN ("result" ->> 'mismatches')::numeric END), 0)::float8 AS "rowsMismatched"
    FROM "CronRun"
    WHERE "job" IN ('followups', 'response-timing') AND "startedAt" > now() - interval '1 hour' AND NOT "dryRun"`;
  return row ?? { backstopCompleted: 0, rowsMismatched: 0 };
}

/** How many instances are paused because nobody knows whether a message was sent. */
export async function countUncertainSends(db: Db): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS "count" FROM "FollowUpInstance"
    WHERE "status" = 'paused' AND "pausedReason" = 'send_uncertain'`;
  return row?.count ?? 0;
}

/** The workspaces with WhatsApp whose latest sync failed, and how many of the latest two did. */
export async function listFailedSyncs(db: Db): Promise<(NamedWorkspace & { inARow: number })[]> {
  return db.$queryRaw`
    SELECT c."id" AS "clientId", c."name", count(*)::int AS "inARow" FROM "Client" c
    CROSS JOIN LATERAL (
      SELECT h."error", row_number() OVER (ORDER BY h."runAt" DESC) AS "place" FROM "SyncHealth" h
      WHERE h."clientId" = c."id" ORDER BY h."runAt" DESC LIMIT 2
    ) AS latest
    WHERE c."kapsoPhoneId" IS NOT NULL AND (c."kapsoApiKey" IS NOT NULL OR c."metaAccessToken" IS NOT NULL)
      AND latest."error" IS NOT NULL
    GROUP BY c."id" HAVING min(latest."place") = 1
    ORDER BY c."id"`;
}
