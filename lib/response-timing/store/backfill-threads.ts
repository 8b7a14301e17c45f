import type { Tx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ThreadKey } from "../records";
import { isInShare, type LeadShare } from "./thread-locks";

/** Which threads a backfill is about. */
export interface BackfillScope {
  /** Only this workspace's; those of all if null. */
  clientId: string | null;
  share: LeadShare;
  /** Where the lookback begins. */
  since: Date;
}

/** A place between two threads, in the order of leads and, within a lead, of channels. */
export interface ThreadPlace {
  leadId: string;
  /** Null for after all of the lead's threads. */
  channel: string | null;
}

/** A thread of a page. */
export interface PageThread extends ThreadKey {
  /**
   * Whether the lead wrote to it inside the lookback. Of one where only events are filed, whose messages have moved,
   * nothing is left as soon as these are followed: whether it is ever found depends on who comes first.
   */
  written: boolean;
}

export interface ThreadPage {
  threads: PageThread[];
  /** Where the next page begins; null after the last one. */
  end: ThreadPlace | null;
}

/** So many leads without a thread may be passed in one page: few milliseconds, and batches are full where leads write. */
const SILENT_LEADS_MAX = 500;

interface PageRow {
  threads: PageThread[];
  leads: number;
  lastLeadId: string | null;
}

/**
 * The next threads after `after` that may have events inside the lookback, at most `threadsMax`: those to which the lead
 * wrote since, and those under which such an event is filed, be its message gone. The number of leads that are looked at
 * for one page has a limit too, so that a page costs the same however long a stretch of leads has nothing in the lookback.
 */
export async function findThreadPage(
  tx: Tx,
  scope: BackfillScope,
  after: ThreadPlace | null,
  threadsMax: number,
): Promise<ThreadPage> {
  const leadsMax = threadsMax + SILENT_LEADS_MAX;
  const [row] = await tx.$queryRaw<PageRow[]>`
    WITH "leads" AS MATERIALIZED (
      SELECT l."id" FROM "Lead" l WHERE ${inScope(scope, after)} ORDER BY l."id" LIMIT ${leadsMax}::int
    ),
    "threads" AS MATERIALIZED (
      SELECT l."id" AS "leadId", t."channel", t."written"
      FROM "leads" l CROSS JOIN LATERAL (${channelsOfLead(scope.since)}) AS t
      WHERE ${isLater(after)}
      ORDER BY l."id", t."channel" COLLATE "C" LIMIT ${threadsMax + 1}::int
    )
    SELECT
      COALESCE((
        SELECT json_agg(
          json_build_object('leadId', "leadId", 'channel', "channel", 'written', "written")
          ORDER BY "leadId", "channel" COLLATE "C"
        ) FROM "threads"
      ), '[]') AS "threads",
      (SELECT count(*)::int FROM "leads") AS "leads",
      (SELECT max("id") FROM "leads") AS "lastLeadId"`;
  if (!row) throw new Error("the page of threads was not told");
  const { leads, lastLeadId } = row;
  const threads = row.threads.slice(0, threadsMax);
  if (row.threads.length > threadsMax) return { threads, end: threads.at(-1) ?? null };
  return { threads, end: leads < leadsMax || lastLeadId === null ? null : { leadId: lastLeadId, channel: null } };
}

/** Leads that may have threads after a place: its own one as well, unless it is behind. */
function inScope({ clientId, share }: BackfillScope, after: ThreadPlace | null): Prisma.Sql {
  const ofWorkspace = clientId === null ? Prisma.sql`true` : Prisma.sql`l."clientId" = ${clientId}`;
  const inside = Prisma.sql`${ofWorkspace} AND ${isInShare(Prisma.sql`l."id"`, share)}`;
  if (after === null) return inside;
  const { leadId, channel } = after;
  return channel === null
    ? Prisma.sql`${inside} AND l."id" > ${leadId}`
    : Prisma.sql`${inside} AND l."id" >= ${leadId}`;
}

function isLater(after: ThreadPlace | null): Prisma.Sql {
  if (after === null || after.channel === null) return Prisma.sql`true`;
  return Prisma.sql`(l."id" > ${after.leadId} OR t."channel" COLLATE "C" > ${after.channel} COLLATE "C")`;
}

/** Messages have four channels, and a look at each ends with the first message found; events may have others. */
function channelsOfLead(since: Date): Prisma.Sql {
  return Prisma.sql`
        SELECT "channel", bool_or("written") AS "written" FROM (
          SELECT k."channel", true AS "written" FROM (VALUES ('sms'), ('email'), ('linkedin'), ('whatsapp')) AS k("channel")
          WHERE EXISTS (
            SELECT FROM "Message" m
            WHERE m."leadId" = l."id" AND m."channel" = k."channel" AND m."direction" = 'inbound'
              AND m."sentAt" >= ${since}::timestamptz
          )
          UNION ALL
          SELECT e."channel", false FROM "ResponseTimingEvent" e LEFT JOIN "Message" m ON m."id" = e."inboundMessageId"
          WHERE e."leadId" = l."id"
            AND (e."inboundSentAt" >= ${since}::timestamptz OR m."sentAt" >= ${since}::timestamptz)
        ) AS found GROUP BY "channel"`;
}
