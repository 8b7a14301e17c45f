import type { Db, DbOrTx, Tx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ThreadKey, ThreadPart } from "../records";
import { listThreads } from "./recompute";

/** Entries of the queue that are about one thread. */
export interface ThreadChanges extends ThreadPart {
  ids: bigint[];
}

/** A stretch of the queue, in its order. */
export interface TakenChanges {
  threads: ThreadChanges[];
  /** Entries that lead to no thread any more: the lead is gone, or the message that a draft or a job named. */
  voidIds: bigint[];
  /** How far the queue was read; null where nothing was left to read. */
  readTo: bigint | null;
}

/** Which part of the queue is meant. */
export interface QueueScope {
  /** Only the threads of this workspace; of all if undefined. */
  clientId: string | undefined;
  /** Entries up to this one are left alone. */
  after: bigint;
}

/**
 * Takes the oldest changes into this transaction, and all others of the same threads: at most `threadsMax` threads.
 * What another transaction has in hand is left out. An entry counts as seen by whatever statement comes later in this
 * transaction, as it was committed before this one began; entries that appear after it stay. The queue is never read
 * beyond a mark: an entry with a low number may be committed long after others.
 */
export async function takeChanges(tx: Tx, { clientId, after }: QueueScope, threadsMax: number): Promise<TakenChanges> {
  const rows = await tx.$queryRaw<ChangeRow[]>`
    WITH "oldest" AS MATERIALIZED (${oldestChanges({ clientId, after }, threadsMax)} FOR UPDATE OF q SKIP LOCKED),
    "same" AS MATERIALIZED (
      SELECT q."id", q."leadId", q."channel", ${FROM_SENT_AT}
      FROM "ResponseTimingChange" q LEFT JOIN "Message" m ON m."id" = q."messageId"
      WHERE (q."leadId", q."channel") IN (SELECT "leadId", "channel" FROM "oldest" WHERE "leadId" IS NOT NULL)
        AND q."id" NOT IN (SELECT "id" FROM "oldest")
        AND (q."messageId" IS NULL OR (m."leadId", m."channel") = (q."leadId", q."channel"))
      FOR UPDATE OF q SKIP LOCKED
    )
    SELECT "leadId", "channel", array_agg("id") AS "ids", ${EARLIEST}, (SELECT max("id") FROM "oldest") AS "readTo"
    FROM (TABLE "oldest" UNION ALL TABLE "same") AS taken
    GROUP BY "leadId", "channel"`;
  return toTaken(rows);
}

/** The same stretch of the queue as anybody sees it: takes nothing and locks nothing. */
export async function peekChanges(db: Db, scope: QueueScope, threadsMax: number): Promise<TakenChanges> {
  const rows = await db.$queryRaw<ChangeRow[]>`
    WITH "oldest" AS MATERIALIZED (${oldestChanges(scope, threadsMax)})
    SELECT "leadId", "channel", array_agg("id") AS "ids", ${EARLIEST}, (SELECT max("id") FROM "oldest") AS "readTo"
    FROM "oldest" GROUP BY "leadId", "channel"`;
  return toTaken(rows);
}

/** Removes entries that this transaction has taken. */
export async function removeChanges(tx: Tx, ids: readonly bigint[]): Promise<void> {
  await tx.$executeRaw`DELETE FROM "ResponseTimingChange" WHERE "id" = ANY (${ids}::bigint[])`;
}

/** Says that these threads have to be looked at. */
export async function noteThreads(db: DbOrTx, threads: readonly ThreadKey[]): Promise<void> {
  await db.$executeRaw`INSERT INTO "ResponseTimingChange" ("leadId", "channel") ${listThreads(threads)}`;
}

/**
 * The age of the oldest entry, in whole seconds; null where there is none. The oldest is the one with the lowest number:
 * entries get theirs as they are written.
 */
export async function readLagSeconds(db: Db, clientId: string | undefined): Promise<number | null> {
  const [row] = await db.$queryRaw<{ lagSeconds: number }[]>`
    SELECT GREATEST(0, floor(extract(epoch FROM clock_timestamp() - "changedAt")))::int AS "lagSeconds"
    FROM "ResponseTimingChange" WHERE "id" = (
      SELECT "id" FROM (${oldestChanges({ clientId, after: 0n }, 1)}) AS oldest
    )`;
  return row?.lagSeconds ?? null;
}

interface ChangeRow {
  leadId: string | null;
  channel: string | null;
  ids: bigint[];
  fromSentAt: Date | null;
  readTo: bigint;
}

/** What lies before this is as it was. A draft or a job is about no other streak than that of the message it names. */
const FROM_SENT_AT = Prisma.sql`
        CASE WHEN q."messageId" IS NULL THEN q."fromSentAt" ELSE m."sentAt" END AS "fromSentAt"`;

/** Of several entries the earliest; null where one does not know. */
const EARLIEST = Prisma.sql`CASE WHEN count(*) = count("fromSentAt") THEN min("fromSentAt") END AS "fromSentAt"`;

/**
 * Entries with their threads; null for one that leads to none. A message named by a draft or a job is looked up now: had
 * it moved meanwhile, both threads of the move would be in the queue as well. For a workspace those of its leads alone.
 */
function oldestChanges({ clientId, after }: QueueScope, entriesMax: number): Prisma.Sql {
  const ofWorkspace = clientId === undefined ? Prisma.empty : Prisma.sql`AND l."clientId" = ${clientId}`;
  return Prisma.sql`
      SELECT q."id", l."id" AS "leadId", CASE WHEN q."messageId" IS NULL THEN q."channel" ELSE m."channel" END AS "channel",
        ${FROM_SENT_AT}
      FROM "ResponseTimingChange" q
      LEFT JOIN "Message" m ON m."id" = q."messageId"
      LEFT JOIN "Lead" l ON l."id" = CASE WHEN q."messageId" IS NULL THEN q."leadId" ELSE m."leadId" END
      WHERE q."id" > ${after} ${ofWorkspace}
      ORDER BY q."id" LIMIT ${entriesMax}::int`;
}

function toTaken(rows: readonly ChangeRow[]): TakenChanges {
  const threads = rows.flatMap(({ leadId, channel, ids, fromSentAt }) =>
    leadId !== null && channel !== null ? [{ leadId, channel, ids, fromSentAt }] : [],
  );
  const voidIds = rows.flatMap(({ leadId, ids }) => (leadId === null ? ids : []));
  return { threads, voidIds, readTo: rows[0]?.readTo ?? null };
}
