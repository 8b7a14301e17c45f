import { scrub, scrubDeep } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeTimeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

export interface RunRow {
  id: string;
  job: string;
  trigger: string;
  status: string;
  dryRun: boolean;
  startedAt: Date;
  finishedAt: Date | null;
  durationMs: number | null;
  error: string | null;
}

const FIELDS = Prisma.sql`"id", "job", "trigger", "status", "dryRun", "startedAt", "finishedAt", "durationMs", "error"`;

/** A run with the number of errors that it counted. */
export interface RunErrors extends RunRow {
  errors: number;
}

/** What jobs call their errors: a count, or a list of the steps that failed. */
const ERRORS = Prisma.sql`
  CASE jsonb_typeof("result" -> 'errors') WHEN 'number' THEN ("result" ->> 'errors')::float8::int
    WHEN 'array' THEN jsonb_array_length("result" -> 'errors') ELSE 0 END AS "errors"`;

/**
 * The latest runs of each of these jobs, up to `perJobMax` of each, newest first. One index range per job: between a job
 * and itself, because given an equality the planner may walk past all other jobs' runs to find those of a rare one.
 */
export async function readLatestRuns(db: Db, jobs: readonly string[], perJobMax: number): Promise<RunErrors[]> {
  const rows = await db.$queryRaw<RunErrors[]>`
    SELECT r.* FROM unnest(${jobs}::text[]) AS j("name")
    CROSS JOIN LATERAL (
      SELECT ${FIELDS}, ${ERRORS} FROM "CronRun"
      WHERE "job" >= j."name" AND "job" <= j."name" ORDER BY "job" DESC, "startedAt" DESC LIMIT ${perJobMax}::int
    ) AS r
    ORDER BY r."startedAt" DESC`;
  return rows.map(withoutSecrets);
}

export interface RunFilter {
  job?: string | undefined;
  status?: string | undefined;
  dryRun?: boolean | undefined;
  after?: string | undefined;
}

/** A page of runs, newest first. */
export async function listRuns(db: Db, { job, status, dryRun, after }: RunFilter): Promise<Page<RunRow>> {
  const key = decodeTimeKey(after);
  const conditions = [
    ...(job === undefined ? [] : [Prisma.sql`"job" = ${job}`]),
    ...(status === undefined ? [] : [Prisma.sql`"status" = ${status}`]),
    ...(dryRun === undefined ? [] : [dryRun ? Prisma.sql`"dryRun"` : Prisma.sql`NOT "dryRun"`]),
    ...(key === null ? [] : [Prisma.sql`("startedAt", "id") < (${key.at}::timestamptz, ${key.id})`]),
    Prisma.sql`true`,
  ];
  const rows = await db.$queryRaw<RunRow[]>`
    SELECT ${FIELDS} FROM "CronRun" WHERE ${Prisma.join(conditions, " AND ")}
    ORDER BY "startedAt" DESC, "id" DESC LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(rows.map(withoutSecrets), (row) => [row.startedAt.toISOString(), row.id]);
}

/** One run with all that it answered; null when there is none. */
export async function readRun(db: Db, id: string): Promise<(RunRow & { result: unknown }) | null> {
  const rows = await db.$queryRaw<(RunRow & { result: unknown })[]>`
    SELECT ${FIELDS}, "result" FROM "CronRun" WHERE "id" = ${id}`;
  const [row] = rows;
  return row ? { ...withoutSecrets(row), result: scrubDeep(row.result) } : null;
}

/** Rows may be written by other programs, and errors quote what they were about. */
function withoutSecrets<Row extends RunRow>(row: Row): Row {
  return { ...row, error: row.error === null ? null : scrub(row.error) };
}
