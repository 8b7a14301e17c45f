import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { DueLead } from "../rules/quota";
import type { ProviderName } from "../source";

/** When a lead is due, as instants: each tier's own patience counted back from now. */
export interface DueTimes {
  now: Date;
  /** A hot lead last checked before this is due. */
  hotBefore: Date;
  /** A lead with a meeting ahead last checked before this is due. */
  bookedBefore: Date;
  /** A warm lead last checked before this is due. */
  staleBefore: Date;
}

/**
 * The leads of a workspace that are due, in each tier never-checked before oldest-checked, at most `quota` of each
 * tier. Every branch reads an index of its own from its first due entry on, whatever the workspace's size.
 */
export async function findDueLeads(
  db: Db,
  workspace: { id: string; provider: ProviderName },
  times: DueTimes,
  quota: number,
): Promise<DueLead[]> {
  return db.$queryRaw<DueLead[]>(dueLeadsQuery(workspace, times, quota));
}

/** The statement behind `findDueLeads`, for whoever wants to see its plan. */
export function dueLeadsQuery(
  workspace: { id: string; provider: ProviderName },
  times: DueTimes,
  quota: number,
): Prisma.Sql {
  const id = Prisma.sql`${workspace.id}`;
  const asks = Prisma.sql`${workspace.provider}::text`;
  // A hot or booked lead that is warm besides has its place among the urgent: it must not take a warm one's as well.
  const onlyWarm = Prisma.sql`l."id" NOT IN (SELECT "id" FROM all_hot) AND (${isBooked(times)}) IS NOT TRUE`;
  return Prisma.sql`
    WITH all_hot AS MATERIALIZED (${hotLeads(id, asks, times)}),
    hot AS MATERIALIZED (SELECT "id", "checked" FROM all_hot ORDER BY "checked" NULLS FIRST, "id" LIMIT ${quota}::int),
    booked AS MATERIALIZED (${inOrder(Prisma.join(bookedBranches(id, times), " UNION ALL "), quota)}),
    warm AS MATERIALIZED (
      SELECT DISTINCT "id", "checked" FROM (
        ${Prisma.join(
          warmBranches(id, times).map(
            (branch) => Prisma.sql`(${inOrder(Prisma.sql`${branch} AND ${onlyWarm}`, quota)})`,
          ),
          " UNION ALL ",
        )}
      ) AS branches ORDER BY "checked" NULLS FIRST, "id" LIMIT ${quota}::int
    )
    SELECT "id", "tier" FROM (
      SELECT "id", 'hot' AS "tier", 1 AS rank, "checked" FROM hot
      UNION ALL SELECT "id", 'booked', 2, "checked" FROM booked
      UNION ALL SELECT "id", 'warm', 3, "checked" FROM warm
    ) AS due
    ORDER BY rank, "checked" NULLS FIRST, "id"`;
}

/** Which of these workspaces have a lead that is due. A workspace is left at its first such lead. */
export async function findWorkspacesWithDueLeads(
  db: Db,
  workspaces: readonly { id: string; provider: ProviderName }[],
  times: DueTimes,
): Promise<Set<string>> {
  if (workspaces.length === 0) return new Set();
  const rows = await db.$queryRaw<{ id: string }[]>(workspacesQuery(workspaces, times));
  return new Set(rows.map((row) => row.id));
}

/**
 * The statement behind `findWorkspacesWithDueLeads`, for whoever wants to see its plan. `OFFSET 0` keeps the planner from
 * gathering the leads of all workspaces beforehand to look each of these up among them.
 */
export function workspacesQuery(
  workspaces: readonly { id: string; provider: ProviderName }[],
  times: DueTimes,
): Prisma.Sql {
  const id = Prisma.sql`w."id"`;
  const hot = hotLeads(id, Prisma.sql`w."provider"`, times);
  const branches = [...warmBranches(id, times), ...bookedBranches(id, times), hot];
  return Prisma.sql`
    SELECT w."id" FROM unnest(
      ${workspaces.map((workspace) => workspace.id)}::text[], ${workspaces.map((workspace) => workspace.provider)}::text[]
    ) AS w("id", "provider")
    WHERE ${Prisma.join(
      branches.map((branch) => Prisma.sql`EXISTS (${branch} OFFSET 0)`),
      " OR ",
    )}`;
}

export const CHECKED = Prisma.sql`l."appointmentLastCheckedAt"`;
export const MEETING_END = Prisma.sql`COALESCE(l."appointmentEndAt", l."appointmentStartAt")`;

function inOrder(leads: Prisma.Sql, limit: number): Prisma.Sql {
  return Prisma.sql`${leads} ORDER BY "checked" NULLS FIRST, "id" LIMIT ${limit}::int`;
}

/** Not waiting after failed checks. */
function isReady({ now }: DueTimes): Prisma.Sql {
  return Prisma.sql`(l."appointmentRetryAt" IS NULL OR l."appointmentRetryAt" <= ${now})`;
}

/** Never checked, last checked before `before`, or a wait after failed checks is over. */
export function isDue(before: Date, times: DueTimes): Prisma.Sql {
  return Prisma.sql`(${CHECKED} IS NULL OR ${CHECKED} < ${before} OR l."appointmentRetryAt" IS NOT NULL) AND ${isReady(times)}`;
}

/**
 * In a sequence that a booking would stop. Read from the active instances of the workspace's own sequences, which are
 * those that have to be looked at every minute anyway: their order is that of their index, and `OFFSET 0` has each lead
 * looked up, so that the planner reads neither the instances of all workspaces nor all the leads of this one. A lead with
 * nothing to ask with comes no oftener than a warm one.
 */
function hotLeads(workspaceId: Prisma.Sql, asks: Prisma.Sql, times: DueTimes): Prisma.Sql {
  return Prisma.sql`
    SELECT DISTINCT l."id", l."checked"
    FROM "FollowUpSequence" s
    CROSS JOIN LATERAL (
      SELECT i."leadId" FROM "FollowUpInstance" i
      WHERE i."sequenceId" = s."id" AND i."status" = 'active' ORDER BY i."leadId"
    ) AS i
    CROSS JOIN LATERAL (
      SELECT l."id", l."clientId", ${CHECKED} AS "checked" FROM "Lead" l
      WHERE l."id" = i."leadId" AND ${isDue(times.hotBefore, times)}
        AND (${CHECKED} IS NULL OR ${CHECKED} < ${times.staleBefore} OR ${canBeAskedAbout(asks)}) OFFSET 0
    ) AS l
    WHERE s."clientId" = ${workspaceId} AND s."triggerOn" IS DISTINCT FROM 'meeting_selected'
      AND l."clientId" = s."clientId"`;
}

/** There is something to ask its provider with. */
export function canBeAskedAbout(asks: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(l."email" IS NOT NULL
           OR (${asks} = 'GHL' AND (l."ghlContactId" IS NOT NULL OR l."ghlAppointmentId" IS NOT NULL))
           OR (${asks} = 'CALENDLY' AND l."calendlyInviteeUri" IS NOT NULL))`;
}

/** With a confirmed meeting ahead, or one without an end: what has ended is passed over in the index. */
function bookedBranches(workspaceId: Prisma.Sql, times: DueTimes): Prisma.Sql[] {
  return NOT_ENDED.map(
    (isNotEnded) => Prisma.sql`
      SELECT l."id", ${CHECKED} AS "checked" FROM "Lead" l
      WHERE l."clientId" = ${workspaceId} AND l."appointmentStatus" = 'confirmed' AND ${isNotEnded(times)}
        AND ${isDue(times.bookedBefore, times)}`,
  );
}

const NOT_ENDED = [
  ({ now }: DueTimes) => Prisma.sql`${MEETING_END} > ${now}`,
  () => Prisma.sql`${MEETING_END} IS NULL`,
];

function isBooked(times: DueTimes): Prisma.Sql {
  const isNotEnded = Prisma.join(
    NOT_ENDED.map((one) => one(times)),
    " OR ",
  );
  return Prisma.sql`l."appointmentStatus" = 'confirmed' AND (${isNotEnded}) AND ${isDue(times.bookedBefore, times)}`;
}

/** Has written to us, and: never checked, stale, named but unknown, its meeting ended unseen, or a wait is over. */
function warmBranches(workspaceId: Prisma.Sql, times: DueTimes): Prisma.Sql[] {
  const conditions = [
    Prisma.sql`${CHECKED} IS NULL`,
    Prisma.sql`${CHECKED} < ${times.staleBefore}`,
    Prisma.sql`l."appointmentStatus" IS NULL AND (l."ghlAppointmentId" IS NOT NULL
      OR l."calendlyInviteeUri" IS NOT NULL OR l."calendlyScheduledEventUri" IS NOT NULL)
      AND (${CHECKED} IS NULL OR ${CHECKED} < ${times.now})`,
    Prisma.sql`l."appointmentStatus" = 'confirmed' AND ${MEETING_END} <= ${times.now} AND ${CHECKED} < ${MEETING_END}`,
    Prisma.sql`l."appointmentRetryAt" <= ${times.now}`,
  ];
  return conditions.map(
    (condition) => Prisma.sql`
      SELECT l."id", ${CHECKED} AS "checked" FROM "Lead" l
      WHERE l."clientId" = ${workspaceId} AND l."lastInboundAt" IS NOT NULL AND ${condition} AND ${isReady(times)}`,
  );
}
