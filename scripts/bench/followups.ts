import { startDeadline } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { parseEnv } from "@/lib/env";
import { runFollowUps } from "@/lib/followups/runner";
import { missedQuery } from "@/lib/followups/store/backstop";
import { dueQuery } from "@/lib/followups/store/claims";
import { createRuntime } from "@/lib/runtime";
import { medianMs, notePlan, withDatabase } from "./measure";
import type { BenchPart, Report } from "./report";

const WORKSPACES = 100;
const CLAIMS = 20;
/** Due instances at any size. */
const DUE = 200;
const SEED_BATCH = 100_000;

/**
 * What a run costs as instances grow: of all of them 200 are due, half the others wait for their next step, the rest are
 * paused or over; nine tenths are in one workspace. Medians, and at the largest size the plans.
 */
export const followUpsPart: BenchPart = {
  title: () => `Follow-ups: ${DUE} due, ${WORKSPACES} workspaces, the largest with 90 % of the instances`,
  measure: (report, quick) =>
    withDatabase(async (db, url) => {
      const sizes = quick ? [10_000] : [10_000, 500_000];
      for (const size of sizes) {
        await seed(db, size);
        await measureAt(db, url, { report, size, withPlans: size === Math.max(...sizes) });
      }
    }),
};

async function measureAt(
  db: Db,
  url: string,
  { report, size, withPlans }: { report: Report; size: number; withPlans: boolean },
): Promise<void> {
  const now = new Date();
  const scope = { workspaceId: "w1", now, runStartedAt: now, closedChannels: [], leftIds: [] };
  const queries = { claim: dueQuery(scope, CLAIMS), backstop: missedQuery(undefined) };
  for (const [name, query] of Object.entries(queries)) {
    const value = await medianMs(() => db.$queryRaw(query));
    report.add({ what: `${size} instances: ${name}`, value, unit: "ms" });
    if (!withPlans) continue;
    report.note(`plan of the ${name}:`);
    await notePlan(report, db, query);
  }
  // All that is due is a call: the first run leaves tasks, and those after it find nothing.
  await measureRun(url, report, `${size} instances: the run that does ${DUE}`);
  await measureRun(url, report, `${size} instances: an idle run`);
}

async function measureRun(url: string, report: Report, what: string): Promise<void> {
  let statements = 0;
  const env = parseEnv({ DATABASE_URL: url, LOG_LEVEL: "silent" });
  const { followups } = createRuntime(env, { onStatement: () => statements++ });
  const startedMs = performance.now();
  const outcome = await runFollowUps(followups, { dryRun: false }, startDeadline(300_000));
  const tookMs = performance.now() - startedMs;
  await followups.db.$disconnect();
  if (outcome.kind !== "ran") throw new Error(`the run ended as ${outcome.kind}`);
  report.add({ what, value: tookMs, unit: "ms" });
  report.add({ what: `${what}: statements`, value: statements, unit: "each" });
}

async function seed(db: Db, instances: number): Promise<void> {
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
