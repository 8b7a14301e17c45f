import type { Db } from "@/lib/db/client";

/** Which watermarks are meant: of leads with a GHL appointment that were last checked before an instant. */
export interface ResetScope {
  clientId: string | null;
  checkedBefore: Date | null;
}

/** How many leads there are in scope, by workspace; workspaces without any are left out. */
export async function countWatermarks(db: Db, { clientId, checkedBefore }: ResetScope): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ clientId: string; count: number }[]>`
    SELECT "clientId", count(*)::int AS "count" FROM "Lead"
    WHERE "ghlAppointmentId" IS NOT NULL AND "appointmentLastCheckedAt" IS NOT NULL
      AND (${clientId}::text IS NULL OR "clientId" = ${clientId})
      AND (${checkedBefore}::timestamptz IS NULL OR "appointmentLastCheckedAt" < ${checkedBefore})
    GROUP BY "clientId" ORDER BY "clientId"`;
  return new Map(rows.map((row) => [row.clientId, row.count]));
}

/**
 * Clears the watermarks of up to `limit` leads of a workspace, by id after `afterId`, and what they still wait for.
 * Returns how many, and the last id that was looked at; null at the end.
 */
export async function clearWatermarks(
  db: Db,
  scope: { clientId: string; checkedBefore: Date },
  afterId: string,
  limit: number,
): Promise<{ cleared: number; lastId: string | null }> {
  const [row] = await db.$queryRaw<{ cleared: number; lastId: string | null }[]>`
    WITH batch AS (
      SELECT "id" FROM "Lead"
      WHERE "clientId" = ${scope.clientId} AND "id" > ${afterId} AND "ghlAppointmentId" IS NOT NULL
        AND "appointmentLastCheckedAt" < ${scope.checkedBefore}
      ORDER BY "id" LIMIT ${limit}::int
    ), cleared AS (
      UPDATE "Lead" l
      SET "appointmentLastCheckedAt" = NULL, "appointmentRetryAt" = NULL, "appointmentCheckFailures" = 0
      FROM batch WHERE l."id" = batch."id" AND l."appointmentLastCheckedAt" < ${scope.checkedBefore}
      RETURNING l."id"
    )
    SELECT (SELECT count(*)::int FROM cleared) AS "cleared", (SELECT max("id") FROM batch) AS "lastId"`;
  return row ?? { cleared: 0, lastId: null };
}
