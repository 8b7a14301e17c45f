import type { Db } from "@/lib/db/client";

/** How many backfills are at work, by job: they say so, and booked something within a quarter of an hour. */
export async function countRunningBackfills(db: Db): Promise<{ job: string; count: number }[]> {
  return db.$queryRaw`
    SELECT b."job", count(*)::int AS "count" FROM "BackfillRun" b
    WHERE b."status" = 'running' AND (b."updatedAt" > now() - interval '15 minutes' OR EXISTS (
      SELECT 1 FROM "BackfillCursor" c WHERE c."runId" = b."id" AND c."updatedAt" > now() - interval '15 minutes'))
    GROUP BY b."job" ORDER BY b."job"`;
}
