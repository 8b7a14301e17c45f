import type { Db } from "@/lib/db/client";
import type { SendingWorkspace } from "../sender";
import { INSTANCES_OF_SEQUENCE, isDue, isSendingSequence } from "./claims";

/**
 * The workspaces that have an instance which may be claimed now, or one of `resumedIds`; least recently served first. Each
 * of their sequences is left at its first such instance.
 */
export async function findWorkspacesWithDue(
  db: Db,
  scope: { now: Date; clientId?: string | undefined; resumedIds?: readonly string[] },
): Promise<SendingWorkspace[]> {
  const { clientId = null, resumedIds = [] } = scope;
  return db.$queryRaw<SendingWorkspace[]>`
    SELECT c."id", c."ghlLocationId", c."ghlPrivateKey", c."kapsoPhoneId", c."kapsoApiKey", c."metaAccessToken"
    FROM "Client" c
    WHERE (${clientId}::text IS NULL OR c."id" = ${clientId})
      AND (EXISTS (
        SELECT 1 FROM "FollowUpSequence" s
        CROSS JOIN LATERAL (SELECT 1 FROM ${INSTANCES_OF_SEQUENCE} AND ${isDue(scope)} LIMIT 1) AS due
        WHERE s."clientId" = c."id" AND ${isSendingSequence(scope)}
      ) OR c."id" IN (
        SELECT s."clientId" FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
        WHERE i."id" = ANY (${resumedIds}::text[])
      ))
    ORDER BY c."followUpsServedAt" NULLS FIRST, c."id"`;
}
