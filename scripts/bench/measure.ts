import { createDb, type Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";
import type { Report } from "./report";

const ROUNDS = 7;

/** The median of some rounds; `prepare` runs before each and is not counted. */
export async function medianMs(
  work: () => Promise<unknown>,
  { rounds = ROUNDS, prepare }: { rounds?: number; prepare?: () => Promise<unknown> } = {},
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await prepare?.();
    times.push(await timeMs(work));
  }
  return medianOf(times);
}

export async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

export function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** A migrated, empty database of its own, for as long as the work takes. */
export async function withDatabase(
  work: (db: Db, url: string) => Promise<void>,
  options: { queryTimeoutMs?: number } = {},
): Promise<void> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const db = createDb(server.url, options);
  try {
    await work(db, server.url);
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

/** Shows how PostgreSQL carries a statement out. */
export async function notePlan(report: Report, db: Db, query: Prisma.Sql): Promise<void> {
  const rows = await db.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF) ${query}`);
  for (const row of rows) report.note(Object.values(row)[0] ?? "");
}
