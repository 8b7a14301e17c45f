import { type Counts, readCounts, type UnitState } from "./backfill-ledger";
import type { Db } from "./client";

export type BackfillStatus = "running" | "stopped" | "finished";

export interface BackfillRunRow {
  id: string;
  job: string;
  fingerprint: string;
  status: BackfillStatus;
  startedAt: Date;
}

const FIELDS = { id: true, job: true, fingerprint: true, status: true, startedAt: true } as const;

/** The run of this kind that was started last, if it is not finished: what `--resume` takes up. */
export async function findUnfinishedRun(db: Db, job: string, fingerprint: string): Promise<BackfillRunRow | null> {
  const row = await db.backfillRun.findFirst({
    where: { job, fingerprint },
    orderBy: { startedAt: "desc" },
    select: FIELDS,
  });
  return row && row.status !== "finished" ? toRow(row) : null;
}

export async function findRunById(db: Db, id: string): Promise<BackfillRunRow | null> {
  const row = await db.backfillRun.findUnique({ where: { id }, select: FIELDS });
  return row && toRow(row);
}

/** Opens a run. `id` and `startedAt` are given where its books were lost and only its state file is left. */
export async function createRun(
  db: Db,
  run: { job: string; fingerprint: string; identity: object; id?: string; startedAt?: Date },
): Promise<BackfillRunRow> {
  const row = await db.backfillRun.create({
    data: { ...run, identity: { ...run.identity }, status: "running" },
    select: FIELDS,
  });
  return toRow(row);
}

/** Puts on the books what only a state file remembers, unless it is there already. */
export async function restoreBooks(
  db: Db,
  runId: string,
  units: Record<string, UnitState>,
  failed: readonly FailedLead[],
): Promise<void> {
  const cursors = Object.entries(units).map(([unit, state]) => ({ runId, unit, ...state }));
  await db.backfillCursor.createMany({ data: cursors, skipDuplicates: true });
  const leads = failed.map((lead) => ({ runId, ...lead, outcome: "failed", invocation: 0 }));
  await db.backfillLead.createMany({ data: leads, skipDuplicates: true });
}

/** Marks that one more process works on the run. Returns which one it is, counted from 1. */
export async function beginInvocation(db: Db, runId: string): Promise<number> {
  const { invocations } = await db.backfillRun.update({
    where: { id: runId },
    data: { status: "running", invocations: { increment: 1 }, updatedAt: new Date() },
    select: { invocations: true },
  });
  return invocations;
}

/** Writes down how an invocation left the run. A finished run stays finished. */
export async function endInvocation(db: Db, runId: string, status: "stopped" | "finished"): Promise<void> {
  const now = new Date();
  await db.backfillRun.updateMany({
    where: { id: runId, status: { not: "finished" } },
    data: { status, updatedAt: now, finishedAt: status === "finished" ? now : null },
  });
}

/** All units of a run as they stand. */
export async function readUnits(db: Db, runId: string): Promise<Record<string, UnitState>> {
  const rows = await db.backfillCursor.findMany({ where: { runId }, orderBy: { unit: "asc" } });
  return Object.fromEntries(
    rows.map(({ unit, cursor, done, counts }) => [unit, { cursor, done, counts: readCounts(counts) }]),
  );
}

/** What the entries of a run's leads add up to, by outcome, and the tasks that were made. */
export async function sumLeads(db: Db, runId: string): Promise<Counts> {
  const groups = await db.backfillLead.groupBy({
    by: ["outcome"],
    where: { runId },
    _count: true,
    _sum: { tasksCreated: true },
  });
  const counts: Counts = Object.fromEntries(groups.map((group) => [group.outcome, group._count]));
  counts["tasksCreated"] = groups.reduce((sum, group) => sum + (group._sum.tasksCreated ?? 0), 0);
  return counts;
}

/** The name of the database: cursors mean nothing in another. */
export async function readDatabaseName(db: Db): Promise<string> {
  const [row] = await db.$queryRaw<{ name: string }[]>`SELECT current_database()::text AS "name"`;
  return row?.name ?? "";
}

export interface FailedLead {
  leadId: string;
  unit: string;
  reason: string;
}

/** The leads that could not be checked, by id; at most `limit` of them. */
export async function listFailures(db: Db, runId: string, limit: number): Promise<FailedLead[]> {
  const rows = await db.backfillLead.findMany({
    where: { runId, outcome: "failed" },
    orderBy: { leadId: "asc" },
    take: limit,
    select: { leadId: true, unit: true, reason: true },
  });
  return rows.map(({ leadId, unit, reason }) => ({ leadId, unit, reason: reason ?? "unknown" }));
}

function toRow(row: Omit<BackfillRunRow, "status"> & { status: string }): BackfillRunRow {
  const status = row.status === "finished" || row.status === "stopped" ? row.status : "running";
  return { ...row, status };
}
