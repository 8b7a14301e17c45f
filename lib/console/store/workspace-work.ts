import type { Db } from "@/lib/db/client";

/** Beyond this a backlog is "more than": counting on would read what nobody has asked about. */
export const BACKLOG_COUNTED_MAX = 1_000;

/** What waits in a workspace, each figure counted up to `BACKLOG_COUNTED_MAX`. */
export interface Backlog {
  /** Has written to us and was never checked. */
  neverChecked: number;
  /** Has written to us and was last checked before `staleBefore`. */
  stale: number;
  /** Waits after failed checks. */
  waiting: number;
  /** Has a confirmed meeting ahead. */
  meetingsAhead: number;
  /** When the longest unchecked of those who were checked at all was last looked at. */
  oldestCheckAt: Date | null;
}

/** A workspace's backlog: five index ranges of bounded length. */
export async function readBacklog(db: Db, clientId: string, staleBefore: Date): Promise<Backlog> {
  const [row] = await db.$queryRaw<Backlog[]>`
    SELECT
      (SELECT count(*)::int FROM (
        SELECT 1 FROM "Lead" WHERE "clientId" = ${clientId} AND "lastInboundAt" IS NOT NULL
          AND "appointmentLastCheckedAt" IS NULL LIMIT ${BACKLOG_COUNTED_MAX}::int) AS a) AS "neverChecked",
      (SELECT count(*)::int FROM (
        SELECT 1 FROM "Lead" WHERE "clientId" = ${clientId} AND "lastInboundAt" IS NOT NULL
          AND "appointmentLastCheckedAt" < ${staleBefore}::timestamptz LIMIT ${BACKLOG_COUNTED_MAX}::int) AS b) AS "stale",
      (SELECT count(*)::int FROM (
        SELECT 1 FROM "Lead" WHERE "clientId" = ${clientId} AND "appointmentRetryAt" > now()
        LIMIT ${BACKLOG_COUNTED_MAX}::int) AS c) AS "waiting",
      (SELECT count(*)::int FROM (
        SELECT 1 FROM "Lead" WHERE "clientId" = ${clientId} AND "appointmentStatus" = 'confirmed'
          AND COALESCE("appointmentEndAt", "appointmentStartAt") > now()
        LIMIT ${BACKLOG_COUNTED_MAX}::int) AS d) AS "meetingsAhead",
      (SELECT "appointmentLastCheckedAt" FROM "Lead" WHERE "clientId" = ${clientId} AND "lastInboundAt" IS NOT NULL
          AND "appointmentLastCheckedAt" > '-infinity'::timestamptz
        ORDER BY "appointmentLastCheckedAt" NULLS FIRST LIMIT 1) AS "oldestCheckAt"`;
  if (!row) throw new Error("A statement without a table gave no row.");
  return row;
}

export interface MeetingDay {
  /** The workspace's own day, as `2030-03-01`. */
  day: string;
  booked: number;
  canceled: number;
  rescheduled: number;
}

/**
 * What was booked, cancelled and moved in a workspace on each of the last `days` days of `zone`, days without anything
 * included. Moves are counted by the tasks that they left.
 */
export async function readMeetingDays(
  db: Db,
  { clientId, zone, days }: { clientId: string; zone: string; days: number },
): Promise<MeetingDay[]> {
  return db.$queryRaw<MeetingDay[]>`
    WITH bounds AS (
      SELECT (now() AT TIME ZONE ${zone}::text)::date AS "today",
        ((now() AT TIME ZONE ${zone}::text)::date - ${days - 1}::int)::timestamp AT TIME ZONE ${zone}::text AS "from"
    ), happened AS (
      SELECT 'booked' AS "what", "bookedAt" AS "at" FROM "Appointment"
      WHERE "clientId" = ${clientId} AND "bookedAt" >= (SELECT "from" FROM bounds)
      UNION ALL
      SELECT 'canceled', "canceledAt" FROM "Appointment"
      WHERE "clientId" = ${clientId} AND "canceledAt" >= (SELECT "from" FROM bounds) AND "status" = 'canceled'
      UNION ALL
      SELECT 'rescheduled', t."createdAt" FROM "FollowUpTask" t JOIN "Lead" l ON l."id" = t."leadId"
      WHERE t."type" = 'meeting-rescheduled' AND t."createdAt" >= (SELECT "from" FROM bounds) AND l."clientId" = ${clientId}
    ), counted AS (
      SELECT ("at" AT TIME ZONE ${zone}::text)::date AS "day", "what", count(*)::int AS "count" FROM happened GROUP BY 1, 2
    )
    SELECT to_char(d."day", 'YYYY-MM-DD') AS "day",
      COALESCE(sum(c."count") FILTER (WHERE c."what" = 'booked'), 0)::int AS "booked",
      COALESCE(sum(c."count") FILTER (WHERE c."what" = 'canceled'), 0)::int AS "canceled",
      COALESCE(sum(c."count") FILTER (WHERE c."what" = 'rescheduled'), 0)::int AS "rescheduled"
    FROM bounds
    CROSS JOIN LATERAL generate_series(bounds."today" - ${days - 1}::int, bounds."today", interval '1 day') AS d("day")
    LEFT JOIN counted c ON c."day" = d."day"::date
    GROUP BY d."day" ORDER BY d."day"`;
}
