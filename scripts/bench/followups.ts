import { startDeadline } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { parseEnv } from "@/lib/env";
import { runFollowUps } from "@/lib/followups/runner";
import { missedQuery } from "@/lib/followups/store/backstop";
import { dueQuery } from "@/lib/followups/store/claims";
import { createRuntime } from "@/lib/runtime";
import { Prisma } from "@/prisma/generated/client";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";

const WORKSPACES = 100;
const CLAIMS = 20;
const ROUNDS = 7;
/** Due instances at any size. */
const DUE = 200;
const SEED_BATCH = 100_000;

/**
 * What a run costs as instances grow: of all of them 200 are due, half the others wait for their next step, the rest are
 * paused or over; nine tenths are in one workspace. Prints medians, and at the largest size the plans.
 */
export async function benchFollowUps(sizes: readonly number[]): Promise<void> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const db = createDb(server.url);
  try {
    print(`Follow-ups: ${DUE} due, ${WORKSPACES} workspaces, the largest with 90 % of the instances`);
    for (const size of sizes) {
      await seed(db, size);
      await measure(db, server.url, { size, withPlans: size === Math.max(...sizes) });
    }
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

async function measure(db: Db, url: string, { size, withPlans }: { size: number; withPlans: boolean }): Promise<void> {
  const now = new Date();
  const scope = { workspaceId: "w1", now, runStartedAt: now, closedChannels: [], leftIds: [] };
  const due = dueQuery(scope, CLAIMS);
  const missed = missedQuery(undefined);
  const claimMs = await medianMs(() => db.$queryRaw(due));
  const backstopMs = await medianMs(() => db.$queryRaw(missed));
  print(
    `  ${String(size).padStart(9)} instances: claim ${claimMs.toFixed(1)} ms, backstop ${backstopMs.toFixed(1)} ms`,
  );
  if (withPlans) {
    await printPlan(db, "claim", due);
    await printPlan(db, "backstop", missed);
  }
  // All that is due is a call: the first run leaves tasks, and those after it find nothing.
  await printRun(url, "the run that does them");
  await printRun(url, "an idle run");
  await printRun(url, "another idle run");
}

async function printRun(url: string, name: string): Promise<void> {
  const statements: { sql: string; ms: number }[] = [];
  const env = parseEnv({ DATABASE_URL: url, LOG_LEVEL: "silent" });
  const { followups } = createRuntime(env, { onStatement: (sql) => statements.push({ sql, ms: 0 }) });
  const startedMs = performance.now();
  const outcome = await runFollowUps(followups, { dryRun: false }, startDeadline(300_000));
  const tookMs = performance.now() - startedMs;
  await followups.db.$disconnect();
  if (outcome.kind !== "ran") throw new Error(`the run ended as ${outcome.kind}`);
  const { results } = outcome.result as unknown as { results: { due: number } };
  print(`             ${name}: ${results.due} due, ${statements.length} statements, ${tookMs.toFixed(0)} ms`);
}

export async function seed(db: Db, instances: number): Promise<void> {
  await db.client.deleteMany({});
  await db.$executeRaw`
    INSERT INTO "Client" ("id", "name", "workStartTime", "workEndTime")
    SELECT 'w' || g, 'Workspace ' || g, '00:00', '00:00' FROM generate_series(1, ${WORKSPACES}::int) g`;
  await db.$executeRaw`
    INSERT INTO "FollowUpSequence" ("id", "clientId", "name")
    SELECT 's' || g || '-' || n, 'w' || g, 'Nudge' FROM generate_series(1, ${WORKSPACES}::int) g, generate_series(1, 5) n`;
  await db.$executeRaw`
    INSERT INTO "FollowUpStep" ("sequenceId", "stepOrder", "channel", "dayOffset")
    SELECT "id", n, 'call', 2 FROM "FollowUpSequence", generate_series(1, 3) n`;
  for (let from = 1; from <= instances; from += SEED_BATCH) {
    await seedPart(db, { from, to: Math.min(instances, from + SEED_BATCH - 1), instances });
  }
  await db.$executeRaw`ANALYZE`;
}

/** One lead in 40 is booked, with its instance completed; one message in three leads is of the last day. */
async function seedPart(
  db: Db,
  { from, to, instances }: { from: number; to: number; instances: number },
): Promise<void> {
  const dueEvery = Math.floor(instances / DUE);
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "firstName", "phone", "status")
    SELECT 'l' || g, CASE WHEN g % 10 = 0 THEN 'w' || (1 + (g / 10) % ${WORKSPACES}::int) ELSE 'w1' END, 'Ada', '+15550100000',
      CASE WHEN g % 40 = 0 THEN 'meeting-booked' ELSE 'new' END
    FROM generate_series(${from}::int, ${to}::int) g`;
  await db.$executeRaw`
    INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "startedAt", "status", "pausedReason", "nextStepDue")
    SELECT "id", 's' || substr("clientId", 2) || '-' || (1 + g % 5), now() - interval '9 days',
      CASE WHEN g % 40 = 0 THEN 'completed' WHEN g % ${dueEvery}::int = 1 OR g % 2 = 0 THEN 'active'
           WHEN g % 5 = 0 THEN 'paused' ELSE 'completed' END,
      CASE WHEN g % 40 <> 0 AND g % ${dueEvery}::int <> 1 AND g % 2 = 1 AND g % 5 = 0 THEN
        (ARRAY['lead_replied', 'lead_snoozed', 'awaiting_enrichment', 'awaiting_approval', 'send_uncertain'])[1 + g / 10 % 5] END,
      CASE WHEN g % ${dueEvery}::int = 1 THEN now() - interval '1 minute' ELSE now() + interval '1 minute' * (60 + g % 10000) END
    FROM (SELECT *, substr("id", 2)::int AS g FROM "Lead" WHERE "id" IN (
      SELECT 'l' || g FROM generate_series(${from}::int, ${to}::int) g)) AS leads`;
  await db.$executeRaw`
    INSERT INTO "Message" ("leadId", "channel", "direction", "sentAt", "createdAt")
    SELECT 'l' || g, 'sms', CASE WHEN g % 2 = 0 THEN 'inbound' ELSE 'outbound' END, now() - interval '10 days',
      now() - interval '1 minute' * (g % 100000)
    FROM generate_series(${from}::int, ${to}::int, 3) g`;
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

async function printPlan(db: Db, name: string, query: Prisma.Sql): Promise<void> {
  const rows = await db.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF) ${query}`);
  print(`    plan of the ${name}:`);
  for (const row of rows) print(`    ${Object.values(row)[0]}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
