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
import { runTimingBackfill } from "./response-timing-backfill";
import { addMessages, empty, seedLongThread, seedThreads, someThreads, THREAD_MESSAGES } from "./response-timing-data";
import { type Figure, Figures, medianMs, print, timeMs } from "./response-timing-figures";
import { countDifferences, timePassMs } from "./response-timing-pass";

const LOOKBACK_DAYS = 90;
/** So many threads get a new message each, and a naive loop recomputes so many one by one. */
const CHANGED_THREADS = 1_000;
const ROUNDS = 5;
const LONG_THREAD_MESSAGES = 20_000;
/** Beside the long thread: with fewer, every run's sample would look at it. */
const ORDINARY_THREADS = 2_000;
/** With fewer, what a backfill takes is mostly the start of its process. */
const JUDGED_MESSAGES = 1_000_000;
const TRANSACTION = { maxWait: 60_000, timeout: 600_000 };

/**
 * What response timing costs as a database grows: the backfill of everything, a run with nothing new, and one with a
 * thousand new messages. Beside the backfill one statement that derives and writes everything at a stroke; beside the
 * thousand the same rows by a statement that is told which threads to do, and by a loop that reads and writes thread by
 * thread. Prints medians, and returns all figures; the ratios are what to quote.
 */
export async function benchResponseTiming(sizes: readonly number[]): Promise<Figure[]> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const db = createDb(server.url, { queryTimeoutMs: 3_600_000 });
  try {
    const figures: Figure[] = [];
    for (const messages of sizes) figures.push(...(await benchAt(db, server.url, messages)));
    figures.push(...(await benchLongThread(db)));
    return figures;
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

async function benchAt(db: Db, url: string, messages: number): Promise<Figure[]> {
  print(`Response timing: ${messages} messages in ${messages / THREAD_MESSAGES} threads`);
  const figures = new Figures(`response_timing.${messages}`);
  await empty(db);
  await seedThreads(db, messages / THREAD_MESSAGES);
  await benchBackfill(db, url, figures, messages);
  await run(db);
  await db.$executeRaw`VACUUM ANALYZE`;
  figures.add("nothing_new", await medianMs(ROUNDS, () => run(db)), "ms");
  await benchChanges(db, figures);
  return figures.all;
}

async function benchBackfill(db: Db, url: string, figures: Figures, messages: number): Promise<void> {
  const { tookMs, peakMb } = await runTimingBackfill(url);
  figures.add("backfill", tookMs, "ms");
  figures.add("backfill_messages", messages / (tookMs / 1000), "per_second");
  if (peakMb !== null) figures.add("backfill_peak_memory", peakMb, "mb");
  const passMs = await timePassMs(db);
  figures.add("pass_by_one_statement", passMs, "ms");
  figures.add("backfill_to_pass", tookMs / passMs, "ratio", messages < JUDGED_MESSAGES ? undefined : 2);
  const differences = await countDifferences(db);
  if (differences > 0) throw new Error(`backfill and pass differ in ${differences} rows`);
}

async function benchChanges(db: Db, figures: Figures): Promise<void> {
  const threads = await someThreads(db, CHANGED_THREADS);
  const add = () => addMessages(db, threads);
  const runMs = await medianMs(ROUNDS, () => run(db), add);
  figures.add("thousand_new", runMs, "ms");
  const statementMs = await medianMs(ROUNDS, () => recompute(db, threads), add);
  figures.add("thousand_new_by_one_statement", statementMs, "ms");
  figures.add("thousand_new_to_statement", runMs / statementMs, "ratio", 3);
  await run(db);
  await add();
  const loopMs = await timeMs(() => recomputeOneByOne(db, threads));
  figures.add("thousand_new_by_a_loop", loopMs, "ms");
  figures.add("loop_to_thousand_new", loopMs / runMs, "ratio");
  await run(db);
}

async function benchLongThread(db: Db): Promise<Figure[]> {
  print(`One thread of ${LONG_THREAD_MESSAGES} messages`);
  const figures = new Figures("response_timing.long_thread");
  await empty(db);
  await seedThreads(db, ORDINARY_THREADS);
  await run(db);
  const thread = await seedLongThread(db, LONG_THREAD_MESSAGES);
  figures.add("at_first", await timeMs(() => run(db)), "ms");
  await db.$executeRaw`VACUUM ANALYZE`;
  figures.add("nothing_new", await medianMs(ROUNDS, () => run(db)), "ms");
  figures.add(
    "one_more_message",
    await medianMs(
      ROUNDS,
      () => run(db),
      () => addMessages(db, [thread]),
    ),
    "ms",
  );
  figures.add("all_of_it_again", await medianMs(ROUNDS, () => recompute(db, [thread])), "ms");
  figures.add("reading_and_sorting_it", await medianMs(ROUNDS, () => sortThread(db, thread)), "ms");
  return figures.all;
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
