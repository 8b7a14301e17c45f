import { createLogger } from "@/lib/core/log";
import { DAY_MS, startDeadline, systemClock } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import type { ThreadKey } from "@/lib/response-timing/records";
import { deriveEvents } from "@/lib/response-timing/rules/derive";
import { processResponseTiming } from "@/lib/response-timing/runner";
import { recomputeThreads } from "@/lib/response-timing/store/recompute";
import { readThreads } from "@/lib/response-timing/store/thread-rows";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";

const LOOKBACK_DAYS = 90;
const THREAD_MESSAGES = 10;
/** So many threads get a new message each, and a naive loop recomputes so many one by one. */
const CHANGED_THREADS = 1_000;
const ROUNDS = 5;
/** One conversation that never ended. */
const LONG_THREAD_MESSAGES = 20_000;
const TRANSACTION = { maxWait: 60_000, timeout: 600_000 };

/**
 * What response timing costs as a database grows: a run with nothing new, one with a thousand new messages, and the
 * first one that has everything to do. Beside them the same rows written by one statement that is told which threads
 * to do, and by a loop that reads and writes thread by thread. Prints medians; the ratios are what to quote.
 */
export async function benchResponseTiming(sizes: readonly number[]): Promise<void> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const db = createDb(server.url);
  try {
    for (const messages of sizes) await benchAt(db, messages);
    await benchLongThread(db);
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

async function benchAt(db: Db, messages: number): Promise<void> {
  await seed(db, messages / THREAD_MESSAGES);
  print(`Response timing: ${messages} messages in ${messages / THREAD_MESSAGES} threads`);
  const allMs = await timeMs(() => run(db));
  print(`  everything:         ${perSecond(messages, allMs)} messages/s, ${(allMs / 1000).toFixed(1)} s`);
  await db.$executeRaw`ANALYZE`;
  const idleMs = await medianMs(() => run(db));
  print(`  nothing new:        ${idleMs.toFixed(1)} ms`);
  const threads = await someThreads(db);
  const changedMs = await medianMs(
    () => run(db),
    () => addMessages(db, threads),
  );
  print(`  ${CHANGED_THREADS} new messages:  ${changedMs.toFixed(1)} ms`);
  const statementMs = await medianMs(
    () => recompute(db, threads),
    () => addMessages(db, threads),
  );
  print(
    `  one statement:      ${statementMs.toFixed(1)} ms, told which threads; ratio ${(changedMs / statementMs).toFixed(2)}`,
  );
  await run(db);
  await addMessages(db, threads);
  const loopMs = await timeMs(() => recomputeOneByOne(db, threads));
  print(`  a loop of upserts:  ${loopMs.toFixed(0)} ms; ratio ${(loopMs / changedMs).toFixed(1)}`);
  await run(db);
}

async function benchLongThread(db: Db): Promise<void> {
  await db.client.deleteMany();
  await db.$executeRaw`INSERT INTO "Client" ("id", "name") VALUES ('acme', 'Acme')`;
  await db.$executeRaw`INSERT INTO "Lead" ("id", "clientId") VALUES ('talker', 'acme')`;
  await seedMessages(db, `SELECT 'talker'`, LONG_THREAD_MESSAGES);
  const allMs = await timeMs(() => run(db));
  const changedMs = await medianMs(
    () => run(db),
    () => addMessages(db, [{ leadId: "talker", channel: "sms" }]),
  );
  print(
    `One thread of ${LONG_THREAD_MESSAGES} messages: ${allMs.toFixed(0)} ms at first, ${changedMs.toFixed(0)} ms for one more`,
  );
}

async function run(db: Db): Promise<void> {
  const settings = { lookbackDays: LOOKBACK_DAYS, batchSize: 1_000 };
  const deps = { db, clock: systemClock, log: createLogger({ level: "warn" }), settings };
  const outcome = await processResponseTiming(deps, { dryRun: false }, startDeadline(3_600_000));
  if (outcome.kind !== "ran" || !outcome.result.exhausted)
    throw new Error(`the run ended as ${JSON.stringify(outcome)}`);
}

/** The limit: the rows and nothing else, no queue, no locks, no sample. */
async function recompute(db: Db, threads: readonly ThreadKey[]): Promise<void> {
  const since = new Date(Date.now() - LOOKBACK_DAYS * DAY_MS);
  await db.$transaction((tx) => recomputeThreads(tx, threads, since), TRANSACTION);
}

/** How it is usually written. */
async function recomputeOneByOne(db: Db, threads: readonly ThreadKey[]): Promise<void> {
  for (const key of threads) {
    for (const event of (await readThreads(db, [key])).flatMap(deriveEvents)) {
      const { inboundMessageId } = event;
      await db.responseTimingEvent.upsert({ where: { inboundMessageId }, create: event, update: event });
    }
  }
}

/** Leads who have each written and been answered several times in the last two months, by the AI or by a setter. */
async function seed(db: Db, threads: number): Promise<void> {
  await db.client.deleteMany();
  await db.responseTimingChange.deleteMany();
  await db.$executeRaw`INSERT INTO "Client" ("id", "name") VALUES ('acme', 'Acme')`;
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId") SELECT gen_random_uuid()::text, 'acme' FROM generate_series(1, ${threads}::int)`;
  for (let from = 0; from < threads; from += SEED_BATCH) {
    const some = `SELECT "id" FROM "Lead" ORDER BY "id" OFFSET ${from} LIMIT ${SEED_BATCH}`;
    await seedMessages(db, some, THREAD_MESSAGES);
  }
  await db.$executeRaw`ANALYZE`;
}

const SEED_BATCH = 10_000;

/** In turn: two messages of the lead, one of the AI that sends the draft of the second, one of a setter. */
async function seedMessages(db: Db, leads: string, each: number): Promise<void> {
  await db.$executeRawUnsafe(`
    WITH said AS (
      SELECT gen_random_uuid()::text AS "id", gen_random_uuid()::text AS "draftId", l."id" AS "leadId", n,
        date_trunc('milliseconds', now()) - interval '60 days' + n * interval '3 minutes' AS "at"
      FROM (${leads}) AS l("id") CROSS JOIN generate_series(1, ${each}) n
    ), drafts AS (
      INSERT INTO "AIDraft" ("id", "leadId", "channel", "triggerMessageId")
      SELECT "draftId", "leadId", 'sms', "id" FROM said WHERE n % 4 = 2
    )
    INSERT INTO "Message" ("id", "leadId", "channel", "direction", "sentBy", "sentByUserId", "aiDraftId", "sentAt", "createdAt")
    SELECT s."id", s."leadId", 'sms', CASE WHEN s.n % 4 IN (1, 2) THEN 'inbound' ELSE 'outbound' END,
      CASE s.n % 4 WHEN 3 THEN 'ai' WHEN 0 THEN 'setter' END, CASE s.n % 4 WHEN 0 THEN 'user-1' END,
      CASE s.n % 4 WHEN 3 THEN lag(s."draftId") OVER (PARTITION BY s."leadId" ORDER BY s.n) END, s."at", s."at"
    FROM said s`);
}

/** A message more in each of these threads, in turn of the lead and of a setter. */
async function addMessages(db: Db, threads: readonly ThreadKey[]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Message" ("leadId", "channel", "direction", "sentBy", "sentByUserId", "sentAt")
    SELECT t."leadId", 'sms', said."direction", CASE said."direction" WHEN 'outbound' THEN 'setter' END,
      CASE said."direction" WHEN 'outbound' THEN 'user-1' END, clock_timestamp()
    FROM unnest(${threads.map(({ leadId }) => leadId)}::text[]) AS t("leadId")
    CROSS JOIN LATERAL (
      SELECT CASE m."direction" WHEN 'inbound' THEN 'outbound' ELSE 'inbound' END AS "direction" FROM "Message" m
      WHERE m."leadId" = t."leadId" ORDER BY m."sentAt" DESC LIMIT 1
    ) AS said`;
}

async function someThreads(db: Db): Promise<ThreadKey[]> {
  const leads = await db.lead.findMany({ take: CHANGED_THREADS, select: { id: true } });
  return leads.map(({ id }) => ({ leadId: id, channel: "sms" }));
}

async function medianMs(
  work: () => Promise<unknown>,
  prepare: () => Promise<unknown> = async () => {},
): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await prepare();
    times.push(await timeMs(work));
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

async function timeMs(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function perSecond(count: number, ms: number): string {
  return (count / (ms / 1000)).toFixed(0);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
