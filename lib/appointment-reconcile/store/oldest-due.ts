import { MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ProviderName } from "../source";
import { CHECKED, canBeAskedAbout, type DueTimes, isDue, MEETING_END } from "./due-leads";

/** So many leads of each tier are looked at in all, which takes a few hundredths of a second in a database of any size. */
const LOOKED_AT_MAX = 10_000;
/** And of each workspace at least these, however many workspaces there are. */
const LOOKED_AT_MIN = 50;

/**
 * Since when the hot or booked lead that has been due longest has been due; null when none is due.
 *
 * Exact while no workspace has more active instances, or meetings ahead, than its share of what is looked at. Beyond that
 * some of them stand for all, the meetings that end first among the booked: then the oldest may be a little older. Runs
 * take the longest waiting first, so that no lead lags far behind the others.
 * Meetings without a known end, and hot leads with nothing to ask with, are left out.
 */
export async function findOldestDue(
  db: Db,
  workspaces: readonly { id: string; provider: ProviderName }[],
  times: DueTimes,
): Promise<Date | null> {
  if (workspaces.length === 0) return null;
  const [row] = await db.$queryRaw<{ since: Date | null }[]>(oldestDueQuery(workspaces, times));
  return row?.since ?? null;
}

/** The statement behind `findOldestDue`, for whoever wants to see its plan. */
export function oldestDueQuery(
  workspaces: readonly { id: string; provider: ProviderName }[],
  times: DueTimes,
): Prisma.Sql {
  const share = Math.max(LOOKED_AT_MIN, Math.floor(LOOKED_AT_MAX / workspaces.length));
  return Prisma.sql`
    SELECT min(due."since")::timestamptz(3) AS "since"
    FROM unnest(
      ${workspaces.map(({ id }) => id)}::text[], ${workspaces.map(({ provider }) => provider)}::text[]
    ) AS w("id", "provider")
    CROSS JOIN LATERAL (${hotSince(times, share)} UNION ALL ${bookedSince(times, share)}) AS due`;
}

function hotSince(times: DueTimes, share: number): Prisma.Sql {
  return Prisma.sql`
    SELECT ${dueSince(times.now, times.hotBefore, Prisma.sql`i."startedAt"`)} AS "since"
    FROM (
      SELECT first."leadId", first."startedAt" FROM "FollowUpSequence" s
      CROSS JOIN LATERAL (
        -- Bounded here as well: the index is read sequence by sequence, as far as is needed and no further.
        SELECT i."leadId", i."startedAt" FROM "FollowUpInstance" i
        WHERE i."sequenceId" = s."id" AND i."status" = 'active' ORDER BY i."leadId" LIMIT ${share}::int
      ) AS first
      WHERE s."clientId" = w."id" AND s."triggerOn" IS DISTINCT FROM 'meeting_selected'
      LIMIT ${share}::int
    ) AS i
    JOIN "Lead" l ON l."id" = i."leadId" AND l."clientId" = w."id"
    WHERE ${isDue(times.hotBefore, times)} AND ${canBeAskedAbout(Prisma.sql`w."provider"`)}`;
}

function bookedSince(times: DueTimes, share: number): Prisma.Sql {
  return Prisma.sql`
    SELECT ${dueSince(times.now, times.bookedBefore, Prisma.sql`l."appointmentBookedAt"`)} AS "since"
    FROM (
      SELECT * FROM "Lead" l
      WHERE l."clientId" = w."id" AND l."appointmentStatus" = 'confirmed' AND ${MEETING_END} > ${times.now}
      ORDER BY ${MEETING_END} LIMIT ${share}::int
    ) AS l
    WHERE ${isDue(times.bookedBefore, times)}`;
}

/**
 * Since when a lead of a tier has been due: the end of its wait after failures, its last check and the tier's patience,
 * or, where it was never checked, since it was there and `began` to matter.
 */
function dueSince(now: Date, before: Date, began: Prisma.Sql): Prisma.Sql {
  const patienceMinutes = (now.getTime() - before.getTime()) / MINUTE_MS;
  return Prisma.sql`COALESCE(
      l."appointmentRetryAt",
      ${CHECKED} + ${patienceMinutes}::float8 * interval '1 minute',
      GREATEST(l."createdAt", ${began})
    )`;
}
