import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { INSTANCES, IS_BOOKED, inWorkspace } from "./stop-conditions";

/** An open instance of a lead that has its meeting. */
export interface MissedInstance {
  id: string;
  /** How the meeting came onto the lead's record; null where nothing says. */
  appointmentSource: string | null;
}

/**
 * Completes up to `limit` open instances whose lead has the meeting that they were to bring about, and says which. One
 * that somebody else is changing at this moment is passed over. Read from the open instances and the booked leads alone.
 */
export async function completeBooked(
  db: Db,
  scope: { now: Date; clientId?: string | undefined },
  limit: number,
): Promise<MissedInstance[]> {
  return db.$queryRaw<MissedInstance[]>`
    WITH missed AS (
      ${missedQuery(scope.clientId)} LIMIT ${limit}::int FOR NO KEY UPDATE OF i SKIP LOCKED
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
  return Prisma.sql`
    SELECT i."id", l."appointmentSource" FROM ${INSTANCES}
    WHERE i."status" IN ('active', 'paused') AND ${IS_BOOKED} AND ${inWorkspace(clientId)}`;
}
