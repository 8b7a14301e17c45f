import { createLogger } from "@/lib/core/log";
import { DAY_MS, startDeadline, systemClock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { ThreadKey } from "@/lib/response-timing/records";
import { deriveEvents } from "@/lib/response-timing/rules/derive";
import { processResponseTiming } from "@/lib/response-timing/runner";
import { recomputeThreads } from "@/lib/response-timing/store/recompute";
import { readThreads } from "@/lib/response-timing/store/thread-rows";
import { runBackfill } from "./backfill-process";
import { medianMs, medianOf, timeMs, withDatabase } from "./measure";
import type { BenchPart, Report } from "./report";
import { addMessages, empty, seedLongThread, seedThreads, someThreads, THREAD_MESSAGES } from "./response-timing-data";
import { countDifferences, timePassMs } from "./response-timing-pass";

const SCRIPT = "scripts/backfill-response-timing.ts";
const LOOKBACK_DAYS = 90;
/** So many threads get a new message each, and a naive loop recomputes so many one by one. */
const CHANGED_THREADS = 1_000;
const ROUNDS = 5;
const backfillRoundsOf = (messages: number) => (messages < 100_000 ? 1 : 3);
const longThreadOf = (quick: boolean) => (quick ? 4_000 : 20_000);
/** Beside the long thread: with fewer, every run's sample would look at it. */
const ORDINARY_THREADS = 2_000;
/** With fewer, what a backfill takes is mostly the start of its process. */
const JUDGED_MESSAGES = 1_000_000;
const TRANSACTION = { maxWait: 60_000, timeout: 600_000 };

/**
 * What response timing costs as a database grows: the backfill of everything, a run with nothing new, and one with a
 * thousand new messages. Beside the backfill one statement that derives and writes everything at a stroke; beside the
 * thousand the same rows by a statement that is told which threads to do, and by a loop that reads and writes thread by
 * thread. Last a conversation that never ended.
 */
export const responseTimingPart: BenchPart = {
  title: (quick) => `Response timing: threads of ${THREAD_MESSAGES} messages, and one of ${longThreadOf(quick)}`,
  measure: (report, quick) =>
    withDatabase(
      async (db, url) => {
        const sizes = quick ? [20_000] : [100_000, 1_000_000];
        const changes: number[] = [];
        for (const messages of sizes) changes.push(await measureAt({ db, url, report, messages }));
        const [few = 0, many = 0] = changes;
        const what = `${CHANGED_THREADS} new messages: among ${sizes[1]} over among ${sizes[0]}`;
        if (sizes.length > 1) report.add({ what, value: many / few, unit: "times" });
        await measureLongThread(db, report, longThreadOf(quick));
      },
      { queryTimeoutMs: 3_600_000 },
    ),
};

interface Stage {
  db: Db;
  url: string;
  report: Report;
  messages: number;
}

/** Returns how many milliseconds a thousand new messages took. */
async function measureAt(stage: Stage): Promise<number> {
  const { db, report, messages } = stage;
  await empty(db);
  await seedThreads(db, messages / THREAD_MESSAGES);
  await measureBackfill(stage);
  await run(db);
  await db.$executeRaw`VACUUM ANALYZE`;
  report.add({ what: `${messages} messages: nothing new`, value: await medianMs(() => run(db)), unit: "ms" });
  return measureChanges(stage);
}

/** The backfill and the statement in turns, each from an empty table on. */
async function measureBackfill({ db, url, report, messages }: Stage): Promise<void> {
  const [backfills, passes]: [number[], number[]] = [[], []];
  for (let round = 0; round < backfillRoundsOf(messages); round++) {
    await db.$executeRaw`TRUNCATE "ResponseTimingEvent"`;
    const environment = { DATABASE_URL: url, DIRECT_URL: url, LOG_LEVEL: "silent" };
    backfills.push((await runBackfill(SCRIPT, environment)).tookMs);
    passes.push(await timePassMs(db));
    const differences = await countDifferences(db);
    if (differences > 0) throw new Error(`backfill and pass differ in ${differences} rows`);
  }
  const [tookMs, passMs] = [medianOf(backfills), medianOf(passes)];
  const what = (name: string) => `${messages} messages: ${name}`;
  report.add({ what: what("messages in a backfill"), value: messages / (tookMs / 1000), unit: "per second" });
  report.add({ what: what("the backfill, its process's start included"), value: tookMs / 1000, unit: "s" });
  report.add({ what: what("one statement for everything"), value: passMs / 1000, unit: "s" });
  const bound = messages >= JUDGED_MESSAGES && { atMost: 2 };
  report.add({ what: what("backfill over one statement"), value: tookMs / passMs, unit: "times", ...bound });
}

async function measureChanges({ db, report, messages }: Stage): Promise<number> {
  const threads = await someThreads(db, CHANGED_THREADS);
  const prepare = () => addMessages(db, threads);
  const what = (name: string) => `${messages} messages: ${CHANGED_THREADS} new ones${name}`;
  const runMs = await medianMs(() => run(db), { rounds: ROUNDS, prepare });
  report.add({ what: what(""), value: runMs, unit: "ms" });
  const statementMs = await medianMs(() => recompute(db, threads), { rounds: ROUNDS, prepare });
  report.add({ what: what(" over one statement"), value: runMs / statementMs, unit: "times", atMost: 3 });
  await run(db);
  await prepare();
  const loopMs = await timeMs(() => recomputeOneByOne(db, threads));
  report.add({ what: what(", a loop with Prisma over ours"), value: loopMs / runMs, unit: "times" });
  await run(db);
  return runMs;
}

async function measureLongThread(db: Db, report: Report, messages: number): Promise<void> {
  await empty(db);
  await seedThreads(db, ORDINARY_THREADS);
  await run(db);
  const thread = await seedLongThread(db, messages);
  const add = (name: string, value: number) => report.add({ what: `the long thread: ${name}`, value, unit: "ms" });
  add("at first", await timeMs(() => run(db)));
  await db.$executeRaw`VACUUM ANALYZE`;
  const prepare = () => addMessages(db, [thread]);
  add("nothing new", await medianMs(() => run(db), { rounds: ROUNDS }));
  add("one more message", await medianMs(() => run(db), { rounds: ROUNDS, prepare }));
  add("all of it again", await medianMs(() => recompute(db, [thread]), { rounds: ROUNDS }));
  add("reading and sorting it", await medianMs(() => sortThread(db, thread), { rounds: ROUNDS }));
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

/** What no derivation of a whole thread can be below: its rows, read and put in their order. */
async function sortThread(db: Db, { leadId, channel }: ThreadKey): Promise<void> {
  await db.$queryRaw`
    SELECT max("place")::int, max("replies")::int FROM (
      SELECT row_number() OVER thread AS "place", count(*) FILTER (WHERE "direction" = 'outbound') OVER thread AS "replies"
      FROM "Message" WHERE "leadId" = ${leadId} AND "channel" = ${channel}
      WINDOW thread AS (ORDER BY "sentAt", "createdAt", "id" COLLATE "C" ROWS UNBOUNDED PRECEDING)
    ) AS ordered`;
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
