import type { Db } from "@/lib/db/client";

/**
 * How old the oldest work of each job is that waits to be done, in milliseconds; a job without any is left out. A probe
 * or a short range of an index each:
 *
 * - `appointment-reconcile`: in each workspace with credentials a lead that wrote to us and was never asked about, and
 *   of those the one that wrote first;
 * - `followups`: the touch that has been due longest;
 * - `background-sync`: the workspace whose last sync is oldest.
 */
export async function readLags(db: Db): Promise<Map<string, number>> {
  const rows = await db.$queryRaw<{ job: string; ms: number | null }[]>`
    SELECT 'followups' AS "job",
      (SELECT extract(epoch FROM now() - min("nextStepDue"))::float8 * 1000 FROM "FollowUpInstance"
       WHERE "status" = 'active' AND "nextStepDue" <= now()) AS "ms"
    UNION ALL
    SELECT 'background-sync', (
      SELECT extract(epoch FROM now() - min(s."runAt"))::float8 * 1000 FROM "Client" w
      CROSS JOIN LATERAL (
        SELECT "runAt" FROM "SyncHealth" WHERE "clientId" = w."id" AND "error" IS NULL ORDER BY "runAt" DESC LIMIT 1
      ) AS s WHERE w."kapsoPhoneId" IS NOT NULL)
    UNION ALL
    SELECT 'appointment-reconcile', (
      SELECT extract(epoch FROM now() - min(l."at"))::float8 * 1000 FROM "Client" w
      CROSS JOIN LATERAL (
        SELECT COALESCE("lastInboundAt", "createdAt") AS "at" FROM "Lead"
        WHERE "clientId" = w."id" AND "lastInboundAt" IS NOT NULL AND "appointmentLastCheckedAt" IS NULL
        ORDER BY "appointmentLastCheckedAt" NULLS FIRST, "id" LIMIT 1
      ) AS l
      WHERE (w."ghlLocationId" IS NOT NULL AND w."ghlPrivateKey" IS NOT NULL)
        OR (w."calendlyAccessToken" IS NOT NULL AND w."calendlyOrganizationUri" IS NOT NULL))`;
  return new Map(rows.flatMap(({ job, ms }) => (ms === null ? [] : [[job, ms]])));
}
