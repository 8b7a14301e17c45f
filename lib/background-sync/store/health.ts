import { type Db, TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import { confirmLease, type Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";

/** What becomes of a workspace's turn on record: its row of health, and where the next one begins. */
export interface TurnRecord {
  workspaceId: string;
  /** When the turn began. */
  runAt: Date;
  contactsChecked: number;
  staleFound: number;
  flagged: number;
  verified: number;
  missed: number;
  listed: number;
  recovered: number;
  lastMessageAt: Date | null;
  error: string | null;
  /** Up to when everything is compared now. It never moves back. */
  verifiedAt: Date | null;
  /** The conversations that a comparison which did not end has dealt with; null where it did. */
  compared: readonly string[] | null;
}

/** Rows of health are kept for so long. */
const HEALTH_DAYS_MAX = 90;
/** How many rows that are too old one turn removes: more than a turn adds, few enough to be quick. */
const PRUNED_ROWS_MAX = 500;

/**
 * Ends a workspace's turn in one transaction: its row of health, the cursor of the comparison with the marks that go
 * with it, its place in the order of turns, and the removal of rows that are too old. The cursor only moves forward.
 * Returns whether the workspace was still there.
 *
 * @throws CutOffError when the lease was lost.
 */
export async function recordTurn(db: Db, lease: Lease, turn: TurnRecord): Promise<boolean> {
  const { workspaceId: clientId, verifiedAt, compared, ...health } = turn;
  return db.$transaction(async (tx) => {
    await confirmLease(tx, lease);
    const found = await tx.$executeRaw`
      UPDATE "Client" SET "backgroundSyncedAt" = clock_timestamp(),
        "messagesVerifiedAt" = GREATEST("messagesVerifiedAt", ${verifiedAt}::timestamptz)
      WHERE "id" = ${clientId}`;
    if (found === 0) return false;
    await tx.syncHealth.create({ data: { clientId, ...health } });
    await keepMarks(tx, clientId, turn.runAt, compared);
    await pruneHealth(tx, clientId);
    return true;
  }, TRANSACTION_LIMITS);
}

async function keepMarks(tx: Tx, clientId: string, comparedAt: Date, compared: readonly string[] | null) {
  if (compared === null) {
    await tx.$executeRaw`DELETE FROM "ConversationMark" WHERE "clientId" = ${clientId}`;
    return;
  }
  if (compared.length === 0) return;
  await tx.$executeRaw`
    INSERT INTO "ConversationMark" AS m ("clientId", "conversationId", "comparedAt")
    SELECT ${clientId}, "id", ${comparedAt}::timestamptz FROM unnest(${compared}::text[]) AS c("id")
    ON CONFLICT ("clientId", "conversationId")
      DO UPDATE SET "comparedAt" = GREATEST(m."comparedAt", excluded."comparedAt")`;
}

async function pruneHealth(tx: Tx, clientId: string): Promise<void> {
  await tx.$executeRaw`
    DELETE FROM "SyncHealth" WHERE "id" IN (
      SELECT "id" FROM "SyncHealth"
      WHERE "clientId" = ${clientId} AND "runAt" < now() - ${HEALTH_DAYS_MAX}::int * interval '1 day'
      ORDER BY "runAt" LIMIT ${PRUNED_ROWS_MAX}::int)`;
}

/** One run of one workspace, as it is on record. */
export interface HealthRow {
  clientId: string;
  runAt: Date;
  contactsChecked: number;
  staleFound: number;
  flagged: number;
  verified: number;
  missed: number;
  listed: number;
  recovered: number;
  lastMessageAt: Date | null;
  error: string | null;
}

/** The latest runs of these workspaces or of every one, at most `limit` of each, newest first. One index walk a workspace. */
export async function readHealthRows(
  db: Db,
  { clientIds, limit }: { clientIds?: readonly string[] | undefined; limit: number },
): Promise<HealthRow[]> {
  const named = clientIds === undefined ? Prisma.sql`true` : Prisma.sql`c."id" = ANY (${clientIds}::text[])`;
  return db.$queryRaw<HealthRow[]>`
    SELECT h.* FROM "Client" c CROSS JOIN LATERAL (
      SELECT "clientId", "runAt", "contactsChecked", "staleFound", "flagged", "verified", "missed", "listed",
        "recovered", "lastMessageAt", "error"
      FROM "SyncHealth" WHERE "clientId" = c."id" ORDER BY "runAt" DESC, "id" LIMIT ${limit}::int
    ) AS h
    WHERE ${named} ORDER BY h."runAt" DESC, h."clientId"`;
}
