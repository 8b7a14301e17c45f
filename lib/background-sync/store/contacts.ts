import { type Db, type DbOrTx, TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import { confirmLease, type Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";
import { ADDED_BY, RECOVERY_PREFIX } from "./notes";

/**
 * The leads of a workspace by the digits of their phones; where several have the same, the oldest of them. Numbers whose
 * country cannot be told match nobody. One index probe a number.
 */
export async function matchContacts(
  db: Db,
  workspaceId: string,
  phones: readonly string[],
): Promise<Map<string, string>> {
  if (phones.length === 0) return new Map();
  const rows = await db.$queryRaw<{ phone: string; leadId: string }[]>`
    SELECT g."phone", l."id" AS "leadId" FROM unnest(${[...new Set(phones)]}::text[]) AS g("phone")
    CROSS JOIN LATERAL (
      SELECT "id" FROM "Lead"
      WHERE "clientId" = ${workspaceId} AND "phone" IS NOT NULL
        AND leadline_phone_digits("phone") = leadline_phone_digits('+' || g."phone")
      ORDER BY "createdAt", "id" LIMIT 1
    ) AS l`;
  return new Map(rows.map(({ phone, leadId }) => [phone, leadId]));
}

export interface ContactCounts {
  /** Contacts in scope: neither archived nor converted. */
  checked: number;
  /** Those of them in whom nothing has happened for longer than the threshold. */
  stale: number;
}

/** `except` are leads known to be active, whatever is on record. One pass over the workspace's contacts. */
export async function countContacts(
  db: Db,
  { workspaceId, staleMs, except }: { workspaceId: string; staleMs: number; except: readonly string[] },
): Promise<ContactCounts> {
  const rows = await db.$queryRaw<ContactCounts[]>`
    SELECT count(*)::int AS "checked",
      (count(*) FILTER (WHERE ${isStale(staleMs)} AND NOT l."id" = ANY (${except}::text[])))::int AS "stale"
    FROM "Lead" l WHERE l."clientId" = ${workspaceId} AND ${IN_SCOPE}`;
  return rows[0] ?? { checked: 0, stale: 0 };
}

export interface FlagOrder {
  workspaceId: string;
  staleMs: number;
  /** Flags at most so many. */
  batchSize: number;
  /** Leads that get none: they are active, or nobody knows whether they are. */
  except: readonly string[];
}

/**
 * Leaves a note on stale contacts that have none of the last 24 hours, never flagged before longest-ago flagged, and of
 * these the one that has been quiet for longest. The cooldown is tested before the limit is counted. Returns how many
 * were flagged. The lease is held to the end: of two at once, both would see no note.
 *
 * @throws CutOffError when the lease was lost.
 */
export async function flagStaleContacts(db: Db, lease: Lease, order: FlagOrder): Promise<number> {
  return db.$transaction(async (tx) => {
    await confirmLease(tx, lease);
    return flagDue(tx, order);
  }, TRANSACTION_LIMITS);
}

async function flagDue(tx: Tx, order: FlagOrder): Promise<number> {
  return tx.$executeRaw`
    WITH due AS MATERIALIZED (${dueForFlag(order)}),
    noted AS (
      INSERT INTO "LeadNote" ("leadId", "content", "addedBy", "addedAt")
      SELECT "id", 'Sync check: No activity for ' || floor(extract(epoch FROM now() - "activityAt") / 3600) || ' hours',
        ${ADDED_BY}, now()
      FROM due
    )
    UPDATE "Lead" l SET "staleFlaggedAt" = now() FROM due WHERE l."id" = due."id"`;
}

/** How many a run would flag, up to `batchSize`. */
export async function countDueForFlag(db: DbOrTx, order: FlagOrder): Promise<number> {
  const rows = await db.$queryRaw<{ due: number }[]>`SELECT count(*)::int AS "due" FROM (${dueForFlag(order)}) AS d`;
  return rows[0]?.due ?? 0;
}

/** The statement behind both, for whoever wants to see its plan. */
export function dueForFlag({ workspaceId, staleMs, batchSize, except }: FlagOrder): Prisma.Sql {
  return Prisma.sql`
    SELECT l."id", ${ACTIVITY} AS "activityAt" FROM "Lead" l
    WHERE l."clientId" = ${workspaceId} AND ${IN_SCOPE} AND ${isStale(staleMs)}
      AND NOT l."id" = ANY (${except}::text[])
      AND NOT EXISTS (
        SELECT 1 FROM "LeadNote" n
        WHERE n."leadId" = l."id" AND n."addedBy" = ${ADDED_BY} AND n."addedAt" > now() - interval '24 hours'
          AND NOT starts_with(n."content", ${RECOVERY_PREFIX})
      )
    ORDER BY l."staleFlaggedAt" NULLS FIRST, ${ACTIVITY}, l."id" LIMIT ${batchSize}::int`;
}

/** As in the index that these statements walk. */
const ACTIVITY = Prisma.sql`COALESCE(l."lastActivityAt", l."updatedAt", l."createdAt")`;
const IN_SCOPE = Prisma.sql`l."status" NOT IN ('archived', 'converted')`;

function isStale(staleMs: number): Prisma.Sql {
  return Prisma.sql`${ACTIVITY} < now() - ${staleMs}::double precision * interval '1 millisecond'`;
}
