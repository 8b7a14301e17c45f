import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ThreadKey } from "../records";
import { deriveChanges, wholeThreads } from "./derivation";

/** Some leads in the order of their ids: after the first, up to the second, null for no bound. */
export interface LeadRange {
  clientId: string | undefined;
  after: string | null;
  upTo: string | null;
}

/** The first leads of a range. */
export async function readLeadPage(db: Db, { clientId, after, upTo }: LeadRange, leadsMax: number): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Lead"
    WHERE true ${clientId === undefined ? Prisma.empty : Prisma.sql`AND "clientId" = ${clientId}`}
      ${after === null ? Prisma.empty : Prisma.sql`AND "id" > ${after}`}
      ${upTo === null ? Prisma.empty : Prisma.sql`AND "id" <= ${upTo}`}
    ORDER BY "id" LIMIT ${leadsMax}::int`;
  return rows.map(({ id }) => id);
}

/** Where a sweep's slices end, and which of them has the lead that it comes to next. */
export interface Slices {
  sliceEnds: string[];
  slice: number;
}

/**
 * Parts the leads of a workspace, or all, into at most `slicesMax` slices of at least `leadsMin` leads, and says which
 * slice has what follows the lead `after`.
 */
export async function partLeads(
  db: Db,
  { clientId, after }: Pick<LeadRange, "clientId" | "after">,
  { slicesMax, leadsMin }: { slicesMax: number; leadsMin: number },
): Promise<Slices> {
  const total = await db.lead.count({ where: clientId === undefined ? {} : { clientId } });
  const slices = Math.min(slicesMax, Math.ceil(total / leadsMin));
  if (slices < 2) return { sliceEnds: [], slice: 0 };
  const rows = await db.$queryRaw<{ id: string; isPassed: boolean }[]>`
    SELECT "id", COALESCE("id" <= ${after}, false) AS "isPassed" FROM (
      SELECT "id", row_number() OVER (ORDER BY "id") AS "place" FROM "Lead"
      WHERE true ${clientId === undefined ? Prisma.empty : Prisma.sql`AND "clientId" = ${clientId}`}
    ) AS placed
    WHERE "place" % ${Math.ceil(total / slices)}::int = 0
    ORDER BY "place" LIMIT ${slices - 1}::int`;
  return { sliceEnds: rows.map(({ id }) => id), slice: rows.filter(({ isPassed }) => isPassed).length };
}

export interface DriftedThread extends ThreadKey {
  /** How many of its rows are not what they should be. */
  rows: number;
}

/**
 * The threads of these leads whose events are not what they should be, though nothing says that they changed: what no
 * trigger saw, or what somebody has written into the events. All is read in one statement, and threads that the queue
 * names are left out, so that a change which comes meanwhile is no drift. Locks nothing.
 */
export async function findDriftedThreads(db: Db, leadIds: readonly string[], since: Date): Promise<DriftedThread[]> {
  const threads = wholeThreads(threadsInLookback(leadIds, since));
  return db.$queryRaw<DriftedThread[]>`
    WITH ${deriveChanges({ threads, since, fillsBounds: false })},
    "different" AS (
      SELECT "leadId", "channel" FROM "changes" UNION ALL SELECT "leadId", "channel" FROM "gone"
    )
    SELECT "leadId", "channel", count(*)::int AS "rows" FROM "different"
    WHERE ("leadId", "channel") NOT IN (${pendingThreads(leadIds)})
    GROUP BY "leadId", "channel"`;
}

/** The threads of these leads that have anything inside the lookback. */
export function threadsInLookback(leadIds: readonly string[], since: Date): Prisma.Sql {
  return Prisma.sql`
    SELECT "leadId", "channel" FROM "Message"
    WHERE "leadId" = ANY (${leadIds}::text[]) AND "sentAt" >= ${since}::timestamptz
    UNION
    SELECT e."leadId", e."channel" FROM "ResponseTimingEvent" e LEFT JOIN "Message" m ON m."id" = e."inboundMessageId"
    WHERE e."leadId" = ANY (${leadIds}::text[])
      AND (e."inboundSentAt" >= ${since}::timestamptz OR m."sentAt" >= ${since}::timestamptz)`;
}

/** The threads of these leads that are to be looked at anyway. */
export function pendingThreads(leadIds: readonly string[]): Prisma.Sql {
  return Prisma.sql`
    SELECT q."leadId", q."channel" FROM "ResponseTimingChange" q
    WHERE q."leadId" = ANY (${leadIds}::text[]) AND q."channel" IS NOT NULL AND q."messageId" IS NULL
    UNION ALL
    SELECT m."leadId", m."channel" FROM "ResponseTimingChange" q JOIN "Message" m ON m."id" = q."messageId"
    WHERE m."leadId" = ANY (${leadIds}::text[])`;
}
