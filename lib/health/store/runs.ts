import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";

/** How the runs of one job stand. */
export interface JobRuns {
  job: string;
  isRunning: boolean;
  /** The latest run, however it ended; null if there was none. */
  lastRun: {
    id: string;
    status: string;
    trigger: string;
    startedAt: Date;
    finishedAt: Date | null;
    durationMs: number | null;
    error: string | null;
  } | null;
  /** The latest run by which the job counts as done. */
  lastSuccess: { endedAt: Date; durationMs: number | null; result: unknown } | null;
  /** When the last run that left no work began; null if none did within a day. */
  caughtUpAt: Date | null;
}

export interface RunsSeen {
  /** The database's clock, by which all of this was read. */
  now: Date;
  /** When any job of this deployment first ran, however it ended. */
  firstRunAt: Date | null;
  jobs: JobRuns[];
}

/**
 * By which runs a job counts as done: complete or with work left over, for all workspaces, not dry, and called through a
 * cron's door, by whomever. It is the condition of the index `CronRun_success_idx`, word for word.
 */
const IS_SUCCESS = Prisma.sql`r."status" IN ('completed', 'partial') AND NOT r."dryRun" AND r."trigger" <> 'cli'
  AND r."onlyClientId" IS NULL`;

/**
 * Of one job `j`, newest first. Between a job and itself rather than equal to it: then only an index of each job's own runs
 * has this order. Given an equality, the planner takes any index of times, and for a job that does not run it walks past
 * every run of all the others.
 */
const OF_JOB = Prisma.sql`r."job" >= j."job" AND r."job" <= j."job"`;
const NEWEST_FIRST = Prisma.sql`ORDER BY r."job" DESC, r."startedAt" DESC`;

/** No run lasts longer than a platform allows (800 s on Vercel): a row that says so was left behind by a killed one. */
const RUNNING_SECONDS_MAX = 15 * 60;

/** How the runs of each job stand, in the order of `jobs`, in one statement that reads a few index entries of each. */
export async function readRuns(db: Db, jobs: readonly string[]): Promise<RunsSeen> {
  const rows = await db.$queryRaw<RunsRow[]>`
    SELECT j."job", clock_timestamp()::timestamptz(3) AS "now",
      (SELECT min("startedAt") FROM "CronRun") AS "firstRunAt",
      EXISTS (SELECT 1 FROM "CronRun" r WHERE r."job" = j."job" AND r."status" = 'running' AND NOT r."dryRun"
        AND r."startedAt" > now() - ${RUNNING_SECONDS_MAX}::int * interval '1 second') AS "isRunning",
      last."lastRun", success."endedAt", success."durationMs", success."result",
      (SELECT max(r."startedAt") FROM "CronRun" r WHERE r."job" = j."job" AND ${IS_SUCCESS}
        AND r."status" = 'completed' AND r."startedAt" > now() - interval '1 day') AS "caughtUpAt"
    FROM unnest(${jobs}::text[]) WITH ORDINALITY AS j("job", "place")
    LEFT JOIN LATERAL (
      SELECT to_jsonb(l) AS "lastRun" FROM (
        SELECT r."id", r."status", r."trigger", r."startedAt", r."finishedAt", r."durationMs", r."error" FROM "CronRun" r
        WHERE ${OF_JOB} AND NOT r."dryRun" ${NEWEST_FIRST} LIMIT 1) AS l
    ) AS last ON true
    LEFT JOIN LATERAL (
      SELECT COALESCE(r."finishedAt", r."startedAt") AS "endedAt", r."durationMs", r."result" FROM "CronRun" r
      WHERE ${OF_JOB} AND ${IS_SUCCESS} ${NEWEST_FIRST} LIMIT 1
    ) AS success ON true
    ORDER BY j."place"`;
  return { now: rows[0]?.now ?? new Date(), firstRunAt: rows[0]?.firstRunAt ?? null, jobs: rows.map(toJobRuns) };
}

/** One of a job's latest successes, newest first, with what it left and what it measured. */
export interface RecentSuccess {
  job: string;
  status: string;
  lagSeconds: number | null;
  result: unknown;
}

/** The latest `count` successes of each job, newest first. */
export async function readRecentSuccesses(db: Db, jobs: readonly string[], count: number): Promise<RecentSuccess[]> {
  return db.$queryRaw<RecentSuccess[]>`
    SELECT j."job", latest.* FROM unnest(${jobs}::text[]) AS j("job")
    CROSS JOIN LATERAL (
      SELECT r."status", r."lagSeconds", r."result" FROM "CronRun" r
      WHERE ${OF_JOB} AND ${IS_SUCCESS} ${NEWEST_FIRST} LIMIT ${count}::int
    ) AS latest`;
}

/** Writes on a run's row how old the oldest waiting work was when it ended. */
export async function recordLag(db: Db, runId: string, lagSeconds: number): Promise<void> {
  await db.cronRun.updateMany({ where: { id: runId }, data: { lagSeconds } });
}

/** How many runs of each job that were not dry began within the last day, by the status they have now. */
export async function countRunsOfLastDay(
  db: Db,
  jobs: readonly string[],
): Promise<{ job: string; status: string; count: number }[]> {
  return db.$queryRaw`
    SELECT "job", "status", count(*)::int AS "count" FROM "CronRun"
    WHERE "job" = ANY (${jobs}::text[]) AND "startedAt" > now() - interval '1 day' AND NOT "dryRun"
    GROUP BY "job", "status" ORDER BY "job", "status"`;
}

interface RunsRow {
  job: string;
  now: Date;
  firstRunAt: Date | null;
  isRunning: boolean;
  lastRun: (Omit<NonNullable<JobRuns["lastRun"]>, "startedAt" | "finishedAt"> & TimesAsText) | null;
  endedAt: Date | null;
  durationMs: number | null;
  result: unknown;
  caughtUpAt: Date | null;
}

/** As JSON has them. */
interface TimesAsText {
  startedAt: string;
  finishedAt: string | null;
}

function toJobRuns({ job, isRunning, lastRun, endedAt, durationMs, result, caughtUpAt }: RunsRow): JobRuns {
  return {
    ...{ job, isRunning, caughtUpAt },
    lastRun: lastRun && {
      ...lastRun,
      startedAt: new Date(lastRun.startedAt),
      finishedAt: lastRun.finishedAt === null ? null : new Date(lastRun.finishedAt),
    },
    lastSuccess: endedAt && { endedAt, durationMs, result },
  };
}
