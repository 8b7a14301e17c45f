import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { HAS_REPLIED, INSTANCES, inWorkspace, mayGoOn } from "./stop-conditions";

export interface ResumeScope {
  now: Date;
  clientId?: string | undefined;
}

/** An instance whose pause is over. */
export interface ResumedInstance {
  id: string;
  /** The lead has replied meanwhile: it stays paused, and from now on for that. */
  replied: boolean;
}

/** A conversation in which the last word was ours has been silent for so long: `isGhosted` of the rules. */
const SILENCE_DAYS = 7;

/**
 * Each of these ends the pause of up to `limit` instances, the longest overdue first, where the sequence is active, the
 * workspace is not paused, and the lead is neither booked nor snoozed nor opted out. What the lead wrote before the end of
 * a pause stops the instance no more. One that somebody else is changing at this moment is passed over.
 */
export async function resumeSnoozed(db: Db, scope: ResumeScope, limit: number): Promise<ResumedInstance[]> {
  return resume(db, snoozedQuery(scope), scope.now, limit);
}

export async function resumeGhosted(db: Db, scope: ResumeScope, limit: number): Promise<ResumedInstance[]> {
  return resume(db, ghostedQuery(scope), scope.now, limit);
}

export async function resumeEnriched(db: Db, scope: ResumeScope, limit: number): Promise<ResumedInstance[]> {
  return resume(db, enrichedQuery(scope), scope.now, limit);
}

/** The instances that each of them would find, all of them and untouched. */
export async function findSnoozed(db: Db, scope: ResumeScope): Promise<ResumedInstance[]> {
  return db.$queryRaw<ResumedInstance[]>(snoozedQuery(scope));
}

export async function findGhosted(db: Db, scope: ResumeScope): Promise<ResumedInstance[]> {
  return db.$queryRaw<ResumedInstance[]>(ghostedQuery(scope));
}

export async function findEnriched(db: Db, scope: ResumeScope): Promise<ResumedInstance[]> {
  return db.$queryRaw<ResumedInstance[]>(enrichedQuery(scope));
}

/** Up to `limit` instances whose lead's enrichment has failed, without what their next step needs. */
export async function findUnenriched(db: Db, scope: ResumeScope, limit: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT i."id" FROM ${INSTANCES} ${NEXT_STEP}
    WHERE i."status" = 'paused' AND i."pausedReason" = 'awaiting_enrichment' AND ${mayGoOn(scope.now)}
      AND l."enrichmentStatus" = 'failed' AND NOT ${HAS_WHAT_STEP_NEEDS} AND ${inWorkspace(scope.clientId)}
    ORDER BY i."nextStepDue", i."id" LIMIT ${limit}::int`;
  return rows.map((row) => row.id);
}

/** An instance and the step that people have dealt with. */
export interface ApprovedInstance {
  id: string;
  stepOrder: number;
}

/**
 * Up to `limit` instances that wait for an approval which is completed or skipped. A task counts for the round that asked
 * for it; one that names none, since another program wrote it, counts for the present one.
 */
export async function findApproved(db: Db, scope: ResumeScope, limit: number): Promise<ApprovedInstance[]> {
  return db.$queryRaw<ApprovedInstance[]>`
    SELECT i."id", max(t."stepOrder") AS "stepOrder" FROM ${INSTANCES}
    JOIN "FollowUpTask" t ON t."instanceId" = i."id" AND t."stepOrder" > i."currentStep"
      AND t."status" IN ('completed', 'skipped') AND (t."effectKey" IS NULL OR t."effectKey" = ${STEP_KEY})
    WHERE i."status" = 'paused' AND i."pausedReason" = 'awaiting_approval' AND ${mayGoOn(scope.now)}
      AND ${inWorkspace(scope.clientId)}
    GROUP BY i."id" ORDER BY i."nextStepDue", i."id" LIMIT ${limit}::int`;
}

/** The key of a step's task, as `stepKey` makes it. */
const STEP_KEY = Prisma.sql`
  i."id" || to_char(i."startedAt" AT TIME ZONE 'UTC', ' YYYY-MM-DD"T"HH24:MI:SS.MS"Z step "') || t."stepOrder"`;

async function resume(db: Db, query: Prisma.Sql, now: Date, limit: number): Promise<ResumedInstance[]> {
  return db.$queryRaw<ResumedInstance[]>`
    WITH over AS (${query} ORDER BY i."nextStepDue", i."id" LIMIT ${limit}::int FOR NO KEY UPDATE OF i SKIP LOCKED)
    UPDATE "FollowUpInstance" i
    SET "status" = CASE WHEN over."replied" THEN 'paused' ELSE 'active' END,
        "pausedReason" = CASE WHEN over."replied" THEN 'lead_replied' END,
        "resumedAt" = CASE WHEN over."replied" THEN i."resumedAt" ELSE ${now}::timestamptz END,
        "nextStepDue" = COALESCE(i."nextStepDue", ${now}::timestamptz), "updatedAt" = ${now}
    FROM over WHERE i."id" = over."id"
    RETURNING i."id", over."replied"`;
}

/** The snooze is over, and so is the wait for the next step. */
function snoozedQuery({ now, clientId }: ResumeScope): Prisma.Sql {
  return Prisma.sql`
    SELECT i."id", ${HAS_REPLIED} AS "replied" FROM ${INSTANCES}
    WHERE i."status" = 'paused' AND i."pausedReason" = 'lead_snoozed' AND i."nextStepDue" <= ${now}::timestamptz
      AND ${mayGoOn(now)} AND ${inWorkspace(clientId)}`;
}

/** The lead replied, we had the last word, and neither side has said anything for a week. */
function ghostedQuery({ now, clientId }: ResumeScope): Prisma.Sql {
  return Prisma.sql`
    SELECT i."id", false AS "replied" FROM ${INSTANCES}
    WHERE i."status" = 'paused' AND i."pausedReason" = 'lead_replied' AND ${mayGoOn(now)} AND ${inWorkspace(clientId)}
      AND ${isGhosted(now)}`;
}

/**
 * `isGhosted` of the rules. What was deleted, a reaction, an automatic reply of either side and what failed or bounced is
 * no word of anybody's. The later of the two being old enough, so is the other.
 */
function isGhosted(now: Date): Prisma.Sql {
  return Prisma.sql`
    COALESCE((
      SELECT last."ours" > last."theirs" AND last."ours" <= ${now}::timestamptz - ${SILENCE_DAYS}::int * interval '1 day'
      FROM (
        SELECT max(m."sentAt") FILTER (WHERE m."direction" = 'inbound') AS "theirs",
          max(m."sentAt") FILTER (WHERE m."direction" = 'outbound'
            AND COALESCE(m."deliveryStatus", '') NOT IN ('failed', 'bounced')) AS "ours"
        FROM "Message" m
        WHERE m."leadId" = i."leadId" AND m."deletedAt" IS NULL
          AND m."kind" IS DISTINCT FROM 'reaction' AND m."kind" IS DISTINCT FROM 'auto_reply'
      ) AS last
    ), false)`;
}

/** The next step can reach the lead, or there is none any more. */
function enrichedQuery({ now, clientId }: ResumeScope): Prisma.Sql {
  return Prisma.sql`
    SELECT i."id", ${HAS_REPLIED} AS "replied" FROM ${INSTANCES} ${NEXT_STEP}
    WHERE i."status" = 'paused' AND i."pausedReason" = 'awaiting_enrichment' AND ${HAS_WHAT_STEP_NEEDS}
      AND ${mayGoOn(now)} AND ${inWorkspace(clientId)}`;
}

const NEXT_STEP = Prisma.sql`
  LEFT JOIN LATERAL (
    SELECT st."channel" FROM "FollowUpStep" st
    WHERE st."sequenceId" = i."sequenceId" AND st."stepOrder" > i."currentStep" ORDER BY st."stepOrder" LIMIT 1
  ) AS step ON true`;

/** `missingReach` of the rules finds nothing missing. A value of blanks is none. */
const HAS_WHAT_STEP_NEEDS = Prisma.sql`
  COALESCE(CASE step."channel"
    WHEN 'email' THEN l."email" ~ '\\S'
    WHEN 'sms' THEN l."phone" ~ '\\S'
    WHEN 'whatsapp' THEN l."phone" ~ '\\S'
    WHEN 'call' THEN l."phone" ~ '\\S'
    ELSE true END, false)`;
