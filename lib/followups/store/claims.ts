import type { Db } from "@/lib/db/client";
import type { Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";
import { INSTANCES, IS_BOOKED, IS_OPTED_OUT, isSnoozed, isWorkspacePaused } from "./stop-conditions";

/**
 * For so long nobody else takes a claimed instance: longer than any run lasts, so that a claim runs out only when the
 * process that made it is gone. A send under way has a time of its own.
 */
const CLAIM_TTL_MS = 60_000;

export interface DueScope {
  workspaceId: string;
  now: Date;
  /** When this run began: what it resumed has one touch in it. */
  runStartedAt: Date;
  /** Channels on which nothing can be sent for the workspace in this run. */
  closedChannels: readonly string[];
  /** Instances that this run let go of as they were. */
  leftIds: readonly string[];
}

/**
 * Claims up to `limit` due instances of a workspace under `token`, the longest overdue first, while the run's lease is
 * held, and says which. Of several callers at once each gets others. Whose lead is booked, snoozed or opted out, whose
 * sequence is inactive or whose workspace is paused is never among them.
 */
export async function claimDue(db: Db, scope: DueScope, token: string, lease: Lease, limit: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    WITH due AS MATERIALIZED (${dueQuery(scope, limit)}),
    locked AS MATERIALIZED (
      SELECT i."id" FROM due JOIN "FollowUpInstance" i ON i."id" = due."id"
      WHERE i."status" = 'active' AND i."nextStepDue" <= ${scope.now}::timestamptz AND ${IS_FREE}
        AND EXISTS (SELECT 1 FROM "Lease" WHERE "key" = ${lease.key} AND "fence" = ${lease.fence}
          AND "expiresAt" > clock_timestamp())
      FOR NO KEY UPDATE OF i SKIP LOCKED
    ),
    served AS (
      UPDATE "Client" SET "followUpsServedAt" = clock_timestamp()
      WHERE "id" = ${scope.workspaceId} AND EXISTS (SELECT 1 FROM locked)
    )
    UPDATE "FollowUpInstance" i
    SET "claimToken" = ${token}, "claimExpiresAt" = clock_timestamp() + ${CLAIM_TTL_MS}::int * interval '1 millisecond'
    FROM locked WHERE i."id" = locked."id"
    RETURNING i."id"`;
  return rows.map((row) => row.id);
}

/** What a run would find due in a workspace: what a claim would take, and of `resumedIds` those that are overdue. */
export async function findDue(
  db: Db,
  scope: DueScope,
  resumedIds: readonly string[],
  limit: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM (${dueQuery(scope, limit)}) AS due
    UNION
    SELECT i."id" FROM ${INSTANCES}
    WHERE i."id" = ANY (${resumedIds}::text[]) AND s."clientId" = ${scope.workspaceId}
      AND (i."nextStepDue" IS NULL OR i."nextStepDue" <= ${scope.now}::timestamptz)
    LIMIT ${limit}::int`;
  return rows.map((row) => row.id);
}

/** Gives claims back as they are: nothing else of the instances changes. */
export async function releaseClaims(db: Db, ids: readonly string[], token: string): Promise<void> {
  await db.$executeRaw`
    UPDATE "FollowUpInstance" SET "claimToken" = NULL, "claimExpiresAt" = NULL
    WHERE "id" = ANY (${ids}::text[]) AND "claimToken" = ${token}`;
}

/** The statement that finds what is due, for whoever wants to see its plan. */
export function dueQuery(scope: DueScope, limit: number): Prisma.Sql {
  // Sequence by sequence, each read in its own order and left at the limit: a workspace with a hundred thousand due
  // costs no more than one with a hundred.
  return Prisma.sql`
    SELECT due."id" FROM "FollowUpSequence" s
    JOIN "Client" c ON c."id" = s."clientId"
    CROSS JOIN LATERAL (
      SELECT i."id", i."nextStepDue" FROM ${INSTANCES_OF_SEQUENCE} AND ${isDue(scope)} AND ${isOpenFor(scope)}
        AND i."id" <> ALL (${scope.leftIds}::text[])
        AND (i."resumedAt" IS NULL OR i."resumedAt" < ${scope.runStartedAt}::timestamptz
          OR i."lastStepAt" IS NULL OR i."lastStepAt" < i."resumedAt")
      ORDER BY i."nextStepDue", i."id" LIMIT ${limit}::int
    ) AS due
    WHERE s."clientId" = ${scope.workspaceId} AND ${isSendingSequence(scope)}
    ORDER BY due."nextStepDue", due."id" LIMIT ${limit}::int`;
}

/** The instances of a sequence `s` with their leads. */
export const INSTANCES_OF_SEQUENCE = Prisma.sql`
  "FollowUpInstance" i JOIN "Lead" l ON l."id" = i."leadId" WHERE i."sequenceId" = s."id"`;

/** The sequence is active, and its workspace is not paused. */
export function isSendingSequence({ now }: { now: Date }): Prisma.Sql {
  return Prisma.sql`(s."isActive" AND NOT ${isWorkspacePaused(now)})`;
}

/** Nobody deals with it now, or whoever did is gone. */
const IS_FREE = Prisma.sql`(i."claimToken" IS NULL OR i."claimExpiresAt" <= clock_timestamp())`;

/** Due, and nothing about its lead speaks against it. */
export function isDue({ now }: { now: Date }): Prisma.Sql {
  return Prisma.sql`
    (i."status" = 'active' AND i."nextStepDue" <= ${now}::timestamptz AND ${IS_FREE}
     AND NOT ${IS_OPTED_OUT} AND NOT ${isSnoozed(now)} AND NOT ${IS_BOOKED})`;
}

function isOpenFor({ closedChannels }: DueScope): Prisma.Sql {
  if (closedChannels.length === 0) return Prisma.sql`true`;
  return isOpenChannel(Prisma.sql`${closedChannels}::text[]`);
}

/** Its next step can be done now: it is no message, a person sends it, or its channel is none of those that are closed. */
export function isOpenChannel(closedChannels: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    COALESCE((
      SELECT st."requiresApproval" OR st."channel" <> ALL (${closedChannels}) FROM "FollowUpStep" st
      WHERE st."sequenceId" = i."sequenceId" AND st."stepOrder" > i."currentStep" ORDER BY st."stepOrder" LIMIT 1
    ), true)`;
}
