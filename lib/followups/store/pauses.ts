import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { HAS_REPLIED, INSTANCES, IS_BOOKED, IS_REPLY, inWorkspace, isSnoozed } from "./stop-conditions";

export interface PauseScope {
  now: Date;
  clientId?: string | undefined;
}

/** An instance that a set-based pause stopped, and whether it was due. */
export interface PausedInstance {
  id: string;
  wasDue: boolean;
}

/**
 * How far back messages are looked at for replies, by when they were stored. It outlasts a day without a run; what comes
 * in later than that is seen when the instance is due, at the latest just before the send.
 */
const REPLIES_LOOKBACK_HOURS = 24;

/**
 * Pauses up to `limit` active instances, due or not, whose lead has replied as the messages stored of late say. Costs as
 * much as there were such messages, whatever the number of instances.
 */
export async function pauseReplied(db: Db, scope: PauseScope, limit: number): Promise<PausedInstance[]> {
  return pause(db, "lead_replied", repliedQuery(scope), scope.now, limit);
}

/** The same instances, untouched. */
export async function findReplied(db: Db, scope: PauseScope): Promise<PausedInstance[]> {
  return db.$queryRaw<PausedInstance[]>(repliedQuery(scope));
}

/** Pauses up to `limit` due instances whose lead is snoozed: they leave the queue, and a resume brings them back. */
export async function pauseSnoozed(db: Db, scope: PauseScope, limit: number): Promise<PausedInstance[]> {
  return pause(db, "lead_snoozed", snoozedQuery(scope), scope.now, limit);
}

/** The same instances, untouched. */
export async function findSnoozedDue(db: Db, scope: PauseScope): Promise<PausedInstance[]> {
  return db.$queryRaw<PausedInstance[]>(snoozedQuery(scope));
}

/** One that is being sent for at this moment is left: it was asked about its lead just before. */
const IS_UNCLAIMED = Prisma.sql`(i."claimToken" IS NULL OR i."claimExpiresAt" <= clock_timestamp())`;

async function pause(db: Db, reason: string, query: Prisma.Sql, now: Date, limit: number): Promise<PausedInstance[]> {
  return db.$queryRaw<PausedInstance[]>`
    WITH stopped AS (${query} LIMIT ${limit}::int FOR NO KEY UPDATE OF i SKIP LOCKED)
    UPDATE "FollowUpInstance" i
    SET "status" = 'paused', "pausedReason" = ${reason}, "claimToken" = NULL, "claimExpiresAt" = NULL, "updatedAt" = ${now}
    FROM stopped WHERE i."id" = stopped."id"
    RETURNING i."id", stopped."wasDue"`;
}

function repliedQuery({ now, clientId }: PauseScope): Prisma.Sql {
  return Prisma.sql`
    SELECT i."id", COALESCE(i."nextStepDue" <= ${now}::timestamptz, false) AS "wasDue" FROM ${INSTANCES}
    WHERE i."status" = 'active' AND ${IS_UNCLAIMED} AND NOT ${IS_BOOKED} AND ${HAS_REPLIED} AND ${inWorkspace(clientId)}
      AND i."leadId" IN (
        SELECT m."leadId" FROM "Message" m
        WHERE m."createdAt" > now() - ${REPLIES_LOOKBACK_HOURS}::int * interval '1 hour' AND ${IS_REPLY}
      )`;
}

function snoozedQuery({ now, clientId }: PauseScope): Prisma.Sql {
  return Prisma.sql`
    SELECT i."id", true AS "wasDue" FROM ${INSTANCES}
    WHERE i."status" = 'active' AND i."nextStepDue" <= ${now}::timestamptz AND ${IS_UNCLAIMED} AND NOT ${IS_BOOKED}
      AND ${isSnoozed(now)} AND ${inWorkspace(clientId)}`;
}
