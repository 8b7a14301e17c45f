import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { Progress, SyncWorkspace } from "../records";

/** The workspaces that speak with their leads over Kapso, least recently synced first (contract §9). */
export async function readSyncWorkspaces(
  db: Db,
  filter: { clientId?: string | undefined } = {},
): Promise<SyncWorkspace[]> {
  const { clientId } = filter;
  const named = clientId === undefined ? Prisma.sql`true` : Prisma.sql`"id" = ${clientId}`;
  return db.$queryRaw<SyncWorkspace[]>`
    SELECT "id", "kapsoPhoneId", "kapsoApiKey", "metaAccessToken" FROM "Client"
    WHERE btrim("kapsoPhoneId") <> '' AND (btrim("kapsoApiKey") <> '' OR btrim("metaAccessToken") <> '') AND ${named}
    ORDER BY "backgroundSyncedAt" NULLS FIRST, "id"`;
}

/** Where the comparison stands in a workspace, and what time it is there. Null when the workspace is gone. */
export async function readProgress(db: Db, workspaceId: string): Promise<Progress | null> {
  const rows = await db.$queryRaw<{ startedAt: Date; verifiedAt: Date | null; marks: Record<string, string> }[]>`
    SELECT clock_timestamp()::timestamptz(3) AS "startedAt", c."messagesVerifiedAt" AS "verifiedAt",
      COALESCE((SELECT jsonb_object_agg(m."conversationId", m."comparedAt") FROM "ConversationMark" m
                WHERE m."clientId" = c."id"), '{}') AS "marks"
    FROM "Client" c WHERE c."id" = ${workspaceId}`;
  const [row] = rows;
  if (!row) return null;
  const marks = new Map(Object.entries(row.marks).map(([id, comparedAt]) => [id, new Date(comparedAt)]));
  return { startedAt: row.startedAt, verifiedAt: row.verifiedAt, marks };
}
