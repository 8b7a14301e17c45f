import type { Db } from "@/lib/db/client";
import type { SendingWorkspace } from "../records";
import { isDue } from "./claims";
import { isWorkspacePaused } from "./stop-conditions";

/**
 * The workspaces that have an instance which may be claimed now, or one of `resumedIds`; least recently served first. Each
 * of their sequences is left at its first such instance.
 */
export async function findWorkspacesWithDue(
  db: Db,
  scope: { now: Date; clientId?: string | undefined; resumedIds?: readonly string[] },
): Promise<SendingWorkspace[]> {
  const { now, clientId = null, resumedIds = [] } = scope;
  return db.$queryRaw<SendingWorkspace[]>`
    SELECT w."id", w."ghlLocationId", w."ghlPrivateKey", w."kapsoPhoneId", w."kapsoApiKey", w."metaAccessToken"
    FROM (SELECT c.* FROM "Client" c WHERE NOT ${isWorkspacePaused(now)}) AS w
    WHERE (${clientId}::text IS NULL OR w."id" = ${clientId})
      AND (EXISTS (
        SELECT 1 FROM "FollowUpSequence" q
        CROSS JOIN LATERAL (
          SELECT 1 FROM "FollowUpInstance" i
          JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
          JOIN "Client" c ON c."id" = s."clientId"
          JOIN "Lead" l ON l."id" = i."leadId"
          WHERE i."sequenceId" = q."id" AND ${isDue(scope)}
          LIMIT 1
        ) AS due
        WHERE q."clientId" = w."id" AND q."isActive"
      ) OR w."id" IN (
        SELECT s."clientId" FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
        WHERE i."id" = ANY (${resumedIds}::text[])
      ))
    ORDER BY w."followUpsServedAt" NULLS FIRST, w."id"`;
}
