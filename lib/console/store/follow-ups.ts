import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeKey, decodeTimeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

/** What the follow-up cron did since an instant, as its runs counted it. */
export interface FollowUpFigures {
  due: number;
  sent: number;
  tasks: number;
  completed: number;
  deferred: number;
  blocked: number;
  failed: number;
  unknown: number;
  /** Leads with a meeting that would have been written to. */
  backstop: number;
}

/** Adds up the real runs since `since`: a day of a cron that ticks every minute is a short range of an index. */
export async function sumFollowUpRuns(db: Db, since: Date): Promise<FollowUpFigures> {
  const figure = (name: string) => Prisma.sql`
    COALESCE(sum(CASE WHEN jsonb_typeof("result" #> ARRAY['results', ${name}]) = 'number'
      THEN ("result" #>> ARRAY['results', ${name}])::float8 END), 0)::float8 AS ${Prisma.raw(`"${name}"`)}`;
  const names = ["due", "sent", "tasks", "completed", "deferred", "blocked", "failed", "unknown"];
  const [row] = await db.$queryRaw<FollowUpFigures[]>`
    SELECT ${Prisma.join(names.map(figure), ", ")},
      COALESCE(sum(CASE WHEN jsonb_typeof("result" #> '{backstop,completedCount}') = 'number'
        THEN ("result" #>> '{backstop,completedCount}')::float8 END), 0)::float8 AS "backstop"
    FROM "CronRun" WHERE "job" = 'followups' AND "startedAt" >= ${since}::timestamptz AND NOT "dryRun"`;
  if (!row) throw new Error("A sum gave no row.");
  return row;
}

/** Reasons beyond this are free text gone wild: the longest lists come first. */
const REASONS_SHOWN_MAX = 40;
/** So many reasons are looked at, in the order of their words. */
const REASONS_READ_MAX = 400;
/** Beyond this a list is "more than": counting on would read what nobody has asked about. */
export const PAUSED_COUNTED_MAX = 1_000;

/**
 * How many instances are paused for each reason, counted up to `PAUSED_COUNTED_MAX`. From one reason to the next in the
 * index of the paused, and a bounded range of it for each: as quick for a million as for a hundred.
 */
export async function countPaused(db: Db): Promise<{ reason: string; count: number }[]> {
  const counted = (condition: Prisma.Sql) => Prisma.sql`
    (SELECT count(*)::int FROM (SELECT 1 FROM "FollowUpInstance"
      WHERE "status" = 'paused' AND ${condition} LIMIT ${PAUSED_COUNTED_MAX}::int) AS p)`;
  const rows = await db.$queryRaw<{ reason: string; count: number }[]>`
    WITH RECURSIVE reasons AS (
      SELECT min("pausedReason") AS "reason" FROM "FollowUpInstance" WHERE "status" = 'paused'
      UNION ALL
      SELECT (SELECT min("pausedReason") FROM "FollowUpInstance" WHERE "status" = 'paused' AND "pausedReason" > r."reason")
      FROM reasons r WHERE r."reason" IS NOT NULL
    ), few AS (SELECT "reason" FROM reasons WHERE "reason" IS NOT NULL LIMIT ${REASONS_READ_MAX}::int)
    SELECT * FROM (
      SELECT f."reason", ${counted(Prisma.sql`"pausedReason" = f."reason"`)} AS "count" FROM few f
      UNION ALL SELECT '', ${counted(Prisma.sql`"pausedReason" IS NULL`)}
    ) AS c
    WHERE c."count" > 0 ORDER BY c."count" DESC, c."reason" LIMIT ${REASONS_SHOWN_MAX}::int`;
  return rows.map((row) => ({ ...row, reason: scrub(row.reason) }));
}

export interface FollowUpRow {
  instanceId: string;
  leadId: string;
  lead: string;
  workspace: string;
  sequence: string;
  currentStep: number;
  nextStepDue: Date | null;
}

const ROW = Prisma.sql`
  i."id" AS "instanceId", i."leadId", i."currentStep", i."nextStepDue", s."name" AS "sequence", w."name" AS "workspace",
  COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "lead"`;

const JOINS = Prisma.sql`
  JOIN "Lead" l ON l."id" = i."leadId" JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
  JOIN "Client" w ON w."id" = s."clientId"`;

/** A page of what is due by now, the longest overdue first: a page of each sequence's own index, put in one order. */
export async function listDue(db: Db, { after }: { after?: string | undefined }): Promise<Page<FollowUpRow>> {
  const key = decodeTimeKey(after);
  const from =
    key === null ? Prisma.sql`true` : Prisma.sql`("nextStepDue", "id") > (${key.at}::timestamptz, ${key.id})`;
  const rows = await db.$queryRaw<FollowUpRow[]>`
    WITH due AS (
      SELECT d.* FROM "FollowUpSequence" q
      CROSS JOIN LATERAL (
        SELECT * FROM "FollowUpInstance"
        WHERE "sequenceId" = q."id" AND "status" = 'active' AND "nextStepDue" <= now() AND ${from}
        ORDER BY "nextStepDue", "id" LIMIT ${PAGE_SIZE + 1}::int
      ) AS d
      WHERE q."isActive" ORDER BY d."nextStepDue", d."id" LIMIT ${PAGE_SIZE + 1}::int
    )
    SELECT ${ROW} FROM due i ${JOINS} ORDER BY i."nextStepDue", i."id"`;
  return toPage(rows.map(withoutSecrets), (row) => [row.nextStepDue?.toISOString() ?? "", row.instanceId]);
}

/** A page of what is paused for one reason: by when it would be due, what never would last. */
export async function listPaused(
  db: Db,
  reason: string,
  { after }: { after?: string | undefined },
): Promise<Page<FollowUpRow>> {
  const [due = "", id = ""] = decodeKey(after, 2) ?? [];
  const at = new Date(due);
  const dated = Prisma.sql`"nextStepDue" IS NOT NULL AND ${
    Number.isNaN(at.getTime())
      ? Prisma.sql`${id === ""}::boolean`
      : Prisma.sql`("nextStepDue", "id") > (${at}::timestamptz, ${id})`
  }`;
  const undated = Prisma.sql`"nextStepDue" IS NULL AND ${due === "" ? Prisma.sql`"id" > ${id}` : Prisma.sql`true`}`;
  const branch = (condition: Prisma.Sql) => Prisma.sql`
    (SELECT * FROM "FollowUpInstance" WHERE "status" = 'paused' AND "pausedReason" = ${reason} AND ${condition}
     ORDER BY "nextStepDue", "id" LIMIT ${PAGE_SIZE + 1}::int)`;
  const rows = await db.$queryRaw<FollowUpRow[]>`
    SELECT ${ROW} FROM (${branch(dated)} UNION ALL ${branch(undated)}) AS i ${JOINS}
    ORDER BY i."nextStepDue", i."id" LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(rows.map(withoutSecrets), (row) => [row.nextStepDue?.toISOString() ?? "", row.instanceId]);
}

export interface UncertainRow {
  instanceId: string;
  round: Date;
  stepOrder: number;
  leadId: string;
  lead: string;
  workspace: string;
  channel: string;
  markedAt: Date;
  reason: string | null;
}

/** A page of sends of which nobody knows whether they arrived, the oldest first. */
export async function listUncertain(db: Db, { after }: { after?: string | undefined }): Promise<Page<UncertainRow>> {
  const key = decodeTimeKey(after);
  const from =
    key === null ? Prisma.sql`true` : Prisma.sql`(f."markedAt", f."instanceId") > (${key.at}::timestamptz, ${key.id})`;
  const rows = await db.$queryRaw<UncertainRow[]>`
    SELECT f."instanceId", f."round", f."stepOrder", f."leadId", f."channel", f."markedAt", f."reason",
      w."name" AS "workspace",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "lead"
    FROM "FollowUpSend" f JOIN "Lead" l ON l."id" = f."leadId" JOIN "Client" w ON w."id" = l."clientId"
    WHERE f."status" = 'unknown' AND ${from}
    ORDER BY f."markedAt", f."instanceId" LIMIT ${PAGE_SIZE + 1}::int`;
  const shown = rows.map((row) => ({ ...row, lead: scrub(row.lead), reason: row.reason && scrub(row.reason) }));
  return toPage(shown, (row) => [row.markedAt.toISOString(), row.instanceId]);
}

function withoutSecrets(row: FollowUpRow): FollowUpRow {
  return { ...row, lead: scrub(row.lead), sequence: scrub(row.sequence) };
}
