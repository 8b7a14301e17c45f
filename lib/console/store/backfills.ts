import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeKey, decodeTimeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

export interface BackfillRow {
  id: string;
  job: string;
  status: string;
  invocations: number;
  startedAt: Date;
  finishedAt: Date | null;
  /** When its books last moved. */
  movedAt: Date;
  units: number;
  unitsDone: number;
  /** Dealt with without an entry of their own, by name. */
  counts: Record<string, number>;
  /** Changed or failed, by outcome. */
  outcomes: Record<string, number>;
}

/** A page of backfills, newest first, each with what its books add up to. */
export async function listBackfills(db: Db, { after }: { after?: string | undefined }): Promise<Page<BackfillRow>> {
  const key = decodeTimeKey(after);
  const from = key === null ? Prisma.sql`true` : Prisma.sql`("startedAt", "id") < (${key.at}::timestamptz, ${key.id})`;
  const chosen = Prisma.sql`
    SELECT * FROM "BackfillRun" WHERE ${from} ORDER BY "startedAt" DESC, "id" DESC LIMIT ${BACKFILLS_PER_PAGE + 1}::int`;
  const rows = await readRows(db, chosen);
  return toPage(rows, (row) => [row.startedAt.toISOString(), row.id], BACKFILLS_PER_PAGE);
}

/** Their books are added up as they are shown, so that a page of them is short. */
const BACKFILLS_PER_PAGE = 10;

/** One backfill; null when there is none. */
export async function readBackfill(db: Db, id: string): Promise<BackfillRow | null> {
  const [row] = await readRows(db, Prisma.sql`SELECT * FROM "BackfillRun" WHERE "id" = ${id}`);
  return row ?? null;
}

async function readRows(db: Db, chosen: Prisma.Sql): Promise<BackfillRow[]> {
  return db.$queryRaw<BackfillRow[]>`
    SELECT r."id", r."job", r."status", r."invocations", r."startedAt", r."finishedAt",
      GREATEST(r."updatedAt", u."movedAt") AS "movedAt", u."units", u."unitsDone",
      COALESCE(n."counts", '{}') AS "counts", COALESCE(o."outcomes", '{}') AS "outcomes"
    FROM (${chosen}) AS r
    CROSS JOIN LATERAL (
      SELECT count(*)::int AS "units", count(*) FILTER (WHERE "done")::int AS "unitsDone", max("updatedAt") AS "movedAt"
      FROM "BackfillCursor" WHERE "runId" = r."id"
    ) AS u
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(c."name", c."total") AS "counts" FROM (
        SELECT e."key" AS "name", sum(e."value"::bigint)::int AS "total"
        FROM "BackfillCursor" b, jsonb_each_text(b."counts") AS e
        WHERE b."runId" = r."id" AND e."value" ~ '^[0-9]{1,9}$' GROUP BY 1
      ) AS c
    ) AS n ON true
    LEFT JOIN LATERAL (
      SELECT jsonb_object_agg(l."outcome", l."total") AS "outcomes" FROM (
        SELECT "outcome", count(*)::int AS "total" FROM "BackfillLead" WHERE "runId" = r."id" GROUP BY 1
      ) AS l
    ) AS o ON true
    ORDER BY r."startedAt" DESC, r."id" DESC`;
}

export interface BackfillUnitRow {
  unit: string;
  /** The workspace that the unit stands for, where it does. */
  workspace: string | null;
  done: boolean;
  updatedAt: Date;
}

/** A page of a backfill's units, by name. */
export async function listUnits(db: Db, runId: string, after: string | undefined): Promise<Page<BackfillUnitRow>> {
  const [unit] = decodeKey(after, 1) ?? [];
  const rows = await db.$queryRaw<BackfillUnitRow[]>`
    SELECT b."unit", w."name" AS "workspace", b."done", b."updatedAt"
    FROM "BackfillCursor" b LEFT JOIN "Client" w ON w."id" = b."unit"
    WHERE b."runId" = ${runId} AND b."unit" > ${unit ?? ""} ORDER BY b."unit" LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(rows, (row) => [row.unit]);
}

export interface BackfillFailure {
  leadId: string;
  unit: string;
  reason: string;
  at: Date;
}

/** The first leads that a backfill could not check, by workspace and id, at most `limit`. */
export async function listBackfillFailures(db: Db, runId: string, limit: number): Promise<BackfillFailure[]> {
  const rows = await db.$queryRaw<BackfillFailure[]>`
    SELECT "leadId", "unit", COALESCE("reason", 'unknown') AS "reason", "at" FROM "BackfillLead"
    WHERE "runId" = ${runId} AND "outcome" = 'failed' ORDER BY "unit", "leadId" LIMIT ${limit}::int`;
  return rows.map((row) => ({ ...row, reason: scrub(row.reason) }));
}

/** How far the counting of what is left goes: an estimate need not be better than that. */
export const REMAINING_COUNTED_MAX = 200_000;

/** How many leads are left in the units that are under way, counted up to `REMAINING_COUNTED_MAX`. */
export async function countRemaining(db: Db, runId: string): Promise<number> {
  const [row] = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS "count" FROM (
      SELECT 1 FROM "BackfillCursor" b
      JOIN "Lead" l ON l."clientId" = b."unit" AND l."lastInboundAt" IS NOT NULL AND l."id" > COALESCE(b."cursor", '')
      WHERE b."runId" = ${runId} AND NOT b."done" LIMIT ${REMAINING_COUNTED_MAX}::int
    ) AS r`;
  return row?.count ?? 0;
}
