import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { IS_BOOKED, inWorkspace } from "./stop-conditions";

/** An open instance of a lead that has its meeting. */
export interface MissedInstance {
  id: string;
  /** How the meeting came onto the lead's record; null where nothing says. */
  appointmentSource: string | null;
}

/**
 * Completes up to `limit` open instances whose lead has the meeting that they were to bring about, and says which. One
 * that somebody else is changing at this moment is passed over. Costs as much as there are leads with a meeting, whatever the number of instances.
 */
export async function completeBooked(
  db: Db,
  scope: { now: Date; clientId?: string | undefined },
  limit: number,
): Promise<MissedInstance[]> {
  return db.$queryRaw<MissedInstance[]>`
    WITH found AS MATERIALIZED (${missedQuery(scope.clientId)} LIMIT ${limit}::int),
    missed AS MATERIALIZED (
      SELECT found.* FROM found JOIN "FollowUpInstance" i ON i."id" = found."id"
      WHERE i."status" IN ('active', 'paused') FOR NO KEY UPDATE OF i SKIP LOCKED
    )
    UPDATE "FollowUpInstance" i
    SET "status" = 'completed', "completedReason" = 'meeting_booked_backstop', "completedAt" = ${scope.now},
        "nextStepDue" = NULL, "pausedReason" = NULL, "claimToken" = NULL, "claimExpiresAt" = NULL,
        "updatedAt" = ${scope.now}
    FROM missed WHERE i."id" = missed."id"
    RETURNING i."id", missed."appointmentSource"`;
}

/** The same instances, all of them and untouched. */
export async function findBooked(db: Db, scope: { clientId?: string | undefined }): Promise<MissedInstance[]> {
  return db.$queryRaw<MissedInstance[]>(missedQuery(scope.clientId));
}

/** The statement that finds them, for whoever wants to see its plan. */
export function missedQuery(clientId: string | undefined): Prisma.Sql {
  // From the leads with a meeting to their open instances, each an entry of an index: the other way round, every instance
  // that is open would be read every minute to find that its lead has none. The offsets keep the order, and the leads'
  // own rows are read only where something is open.
  return Prisma.sql`
    SELECT i."id", l."appointmentSource"
    FROM (
      SELECT o."id", o."leadId", o."sequenceId", o."startedAt"
      FROM (SELECT "id" FROM "Lead" WHERE "status" = 'meeting-booked' OFFSET 0) AS booked
      CROSS JOIN LATERAL (
        SELECT "id", "leadId", "sequenceId", "startedAt" FROM "FollowUpInstance"
        WHERE "leadId" = booked."id" AND "status" IN ('active', 'paused') OFFSET 0
      ) AS o OFFSET 0
    ) AS i
    JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
    JOIN "Lead" l ON l."id" = i."leadId"
    WHERE ${IS_BOOKED} AND ${inWorkspace(clientId)}`;
}
