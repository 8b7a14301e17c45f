import type { DbOrTx, Tx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ThreadKey, ThreadPart } from "../records";
import { columnsOf, deriveChanges, EVENT_COLUMNS, wholeThreads } from "./derivation";

/** What a recomputation did to the rows of `ResponseTimingEvent`. */
export interface Recomputation {
  inserted: number;
  updated: number;
  retracted: number;
  /** The latest anchor among the events that were written; null without one. */
  latestInboundSentAt: Date | null;
  /** Threads of which a row could not be written now, because somebody else has it or its lead in hand. */
  unfinished: ThreadKey[];
}

/**
 * Makes the events of these threads true, within the lookback that begins at `since`, in one statement: writes what
 * differs from what is on record, and takes back what is an anchor nowhere. Of a thread that says from where on it
 * changed, no more is derived than can be other than it was.
 *
 * The threads are to be those that `lockThreads` gave to this transaction, in an earlier statement: only then is what
 * this one sees later than anything another recomputation of them has written. It waits for no one: where a row is in
 * other hands (a lead that is being deleted, an event that somebody edits) the thread is `unfinished`, its other rows
 * are written, and whoever calls comes back to it.
 */
export async function recomputeThreads(tx: Tx, threads: readonly ThreadPart[], since: Date): Promise<Recomputation> {
  const [row] = await tx.$queryRaw<Recomputation[]>`
    WITH ${deriveChanges({ threads: listParts(threads), since, fillsBounds: true })},
    -- Whoever deletes a lead has it and, from its cascade, waits for our rows: we must not wait for the lead.
    "writable" AS MATERIALIZED (
      SELECT l."id" FROM "Lead" l JOIN "Client" c ON c."id" = l."clientId"
      WHERE l."id" IN (SELECT "leadId" FROM "changes" WHERE "eventId" IS NULL OR "leadId" <> "filedLeadId")
      FOR KEY SHARE SKIP LOCKED
    ),
    -- Only in the version that the derivation saw: what was saved since must not be written over.
    "held" AS MATERIALIZED (
      SELECT e."id" FROM "ResponseTimingEvent" e
      JOIN (
        SELECT "eventId", "version" FROM "changes" WHERE "eventId" IS NOT NULL
        UNION ALL SELECT "eventId", "version" FROM "gone" WHERE NOT "elsewhere"
      ) AS touched ON touched."eventId" = e."id" AND touched."version" = e.xmin
      FOR UPDATE OF e SKIP LOCKED
    ),
    -- In one order, so that two who insert the same rows cannot wait for each other. A conflict is with a row that was
    -- not there when this statement began: the thread is looked at again.
    "inserted" AS (
      INSERT INTO "ResponseTimingEvent" (${COLUMN_LIST})
      SELECT ${columnsOf("c")} FROM "changes" c
      WHERE c."eventId" IS NULL AND c."leadId" IN (TABLE "writable")
      ORDER BY c."inboundMessageId" COLLATE "C"
      ON CONFLICT ("inboundMessageId") DO NOTHING
      RETURNING "inboundMessageId", "inboundSentAt"
    ),
    "updated" AS (
      UPDATE "ResponseTimingEvent" e SET ${ASSIGNMENTS}, "updatedAt" = now()
      FROM "changes" c
      WHERE e."id" = c."eventId" AND e."id" IN (TABLE "held")
        AND (c."leadId" = c."filedLeadId" OR c."leadId" IN (TABLE "writable"))
      RETURNING e."inboundMessageId", e."inboundSentAt"
    ),
    "retracted" AS (
      DELETE FROM "ResponseTimingEvent" e USING "gone" g
      WHERE e."id" = g."eventId" AND NOT g."elsewhere" AND e."id" IN (TABLE "held")
      RETURNING e."inboundMessageId"
    ),
    "intended" AS (
      SELECT "leadId", "channel", "inboundMessageId" FROM "changes"
      UNION SELECT "filedLeadId", "filedChannel", "inboundMessageId" FROM "changes" WHERE "eventId" IS NOT NULL
      UNION SELECT "leadId", "channel", "inboundMessageId" FROM "gone" WHERE NOT "elsewhere"
    ),
    "done" AS (
      SELECT "inboundMessageId" FROM "inserted" UNION ALL SELECT "inboundMessageId" FROM "updated"
      UNION ALL TABLE "retracted"
    )
    SELECT
      (SELECT count(*)::int FROM "inserted") AS "inserted",
      (SELECT count(*)::int FROM "updated") AS "updated",
      (SELECT count(*)::int FROM "retracted") AS "retracted",
      (SELECT max("inboundSentAt") FROM (TABLE "inserted" UNION ALL TABLE "updated") AS w) AS "latestInboundSentAt",
      COALESCE((
        -- Not NOT IN: where the planner expects many rows it looks through all of them for each.
        SELECT json_agg(DISTINCT jsonb_build_object('leadId', "leadId", 'channel', "channel")) FROM "intended" i
        WHERE NOT EXISTS (SELECT FROM "done" d WHERE d."inboundMessageId" = i."inboundMessageId")
      ), '[]') AS "unfinished"`;
  if (!row) throw new Error("the recomputation did not say what it did");
  return row;
}

export type ChangeCounts = Pick<Recomputation, "inserted" | "updated" | "retracted">;

/**
 * What recomputations of these threads would do now. Writes nothing and takes no lock. A row that is filed under one
 * thread while its message lives in another is counted where it is filed, and there alone: counts of several lots of
 * threads add up to what is done to all of them together.
 */
export async function countChanges(db: DbOrTx, threads: readonly ThreadKey[], since: Date): Promise<ChangeCounts> {
  const withHomes = Prisma.sql`
    TABLE "asked"
    UNION
    SELECT m."leadId", m."channel"
    FROM "asked" a
    JOIN "ResponseTimingEvent" e ON e."leadId" = a."leadId" AND e."channel" = a."channel"
    JOIN "Message" m ON m."id" = e."inboundMessageId"`;
  const [row] = await db.$queryRaw<ChangeCounts[]>`
    WITH "asked" AS MATERIALIZED (${listThreads(threads)}),
    ${deriveChanges({ threads: wholeThreads(withHomes), since, fillsBounds: true })}
    SELECT
      (SELECT count(*)::int FROM "changes" WHERE "eventId" IS NULL AND ("leadId", "channel") IN (TABLE "asked"))
        AS "inserted",
      (SELECT count(*)::int FROM "changes" WHERE ("filedLeadId", "filedChannel") IN (TABLE "asked")) AS "updated",
      (SELECT count(*)::int FROM "gone" WHERE NOT "elsewhere" AND ("leadId", "channel") IN (TABLE "asked"))
        AS "retracted"`;
  return row ?? { inserted: 0, updated: 0, retracted: 0 };
}

/** Threads as a relation of `leadId` and `channel`, each once. */
export function listThreads(threads: readonly ThreadKey[]): Prisma.Sql {
  const leadIds = threads.map(({ leadId }) => leadId);
  const channels = threads.map(({ channel }) => channel);
  return Prisma.sql`
    SELECT DISTINCT "leadId", "channel"
    FROM unnest(${leadIds}::text[], ${channels}::text[]) AS thread("leadId", "channel")`;
}

/** The same with the `fromSentAt` of each, minus infinity for all of it. One that is listed twice is as the earlier says. */
function listParts(threads: readonly ThreadPart[]): Prisma.Sql {
  const leadIds = threads.map(({ leadId }) => leadId);
  const channels = threads.map(({ channel }) => channel);
  const times = threads.map(({ fromSentAt }) => fromSentAt?.toISOString() ?? "-infinity");
  return Prisma.sql`
    SELECT "leadId", "channel", min("fromSentAt"::timestamptz) AS "fromSentAt"
    FROM unnest(${leadIds}::text[], ${channels}::text[], ${times}::text[]) AS thread("leadId", "channel", "fromSentAt")
    GROUP BY "leadId", "channel"`;
}

const COLUMN_LIST = Prisma.raw(EVENT_COLUMNS.map((name) => `"${name}"`).join(", "));
const ASSIGNMENTS = Prisma.raw(EVENT_COLUMNS.map((name) => `"${name}" = c."${name}"`).join(", "));
