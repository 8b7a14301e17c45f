import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sleep } from "@/lib/core/time";
import { type History, historyArbitrary } from "@/lib/response-timing/histories.fixture";
import {
  applyChange,
  applyHistories,
  expectEvents,
  placeHistory,
  readEvents,
} from "@/lib/response-timing/histories-database.fixture";
import { openTimingStage, type TimingStage } from "@/lib/response-timing/timing-stage.fixture";
import { type RunOptions, runScript } from "./testing/process";

const SCRIPT = "scripts/backfill-response-timing.ts";
const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";
const KILLS = LONG ? 150 : 6;
const HISTORIES = LONG ? 3_000 : 120;
const BATCH_SIZE = 3;

let stage: TimingStage;
let folder: string;
let histories: History[];
let clientIds: string[];
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "leadline-timing-kill-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  stage = await openTimingStage();
  const samples = fc.sample(historyArbitrary(), { numRuns: HISTORIES, seed: 17 });
  histories = samples.map((history, index) => placeHistory(history, `h${index}-`));
  clientIds = histories.map(({ clientId }) => clientId);
  await applyHistories(stage.db, histories);
});
afterEach(async () => {
  await stage.close();
  await rm(path.join(folder, "state.json"), { force: true });
});

describe(`a backfill that is killed ${KILLS} times`, () => {
  it("deals with every thread exactly once, and leaves the rows that the definitions ask for", {
    timeout: 1_800_000,
  }, async () => {
    let kills = 0;
    for (let attempt = 0; kills < KILLS; attempt++) {
      // Somewhere between its first word and its last, a different moment each time.
      const killMsAfterOutput = 5 + ((attempt * 271) % 331);
      const ended = await backfill(attempt === 0 ? [] : ["--resume"], { killMsAfterOutput });
      if (ended.signal !== "SIGKILL") break;
      kills++;
    }
    const last = await backfill(["--resume", "--json"]);
    expect(last.code, last.stderr).toBe(0);
    expect(kills).toBeGreaterThan(KILLS / 2);
    await expectEverythingOnce(last.stdout);
  });
});

describe("two processes on one backfill", () => {
  it("share the work, and do nothing twice", async () => {
    const first = await backfill([], { killMsAfterOutput: 20 });
    expect(first.signal).toBe("SIGKILL");
    const ended = await Promise.all([backfill(["--resume", "--json"]), backfill(["--resume", "--json"])]);
    expect(
      ended.map(({ code }) => code),
      ended.map(({ stderr }) => stderr).join("\n"),
    ).toEqual([0, 0]);
    const last = ended.toSorted((a, b) => processedIn(a.stdout) - processedIn(b.stdout)).at(-1);
    await expectEverythingOnce(last?.stdout ?? "");
  });
});

describe("a backfill beside crons and writers", () => {
  it("waits for none of them in a circle, fails at nothing, and together they leave every row true", async () => {
    const writing = async () => {
      for (const change of histories.flatMap(({ changes }) => changes)) await applyChange(stage.db, change);
    };
    const processing = async (stop: { now: boolean }) => {
      const runs = [];
      while (!stop.now) {
        runs.push(await stage.run({ batchSize: 20 }));
        await sleep(20);
      }
      return runs;
    };
    const stop = { now: false };
    const crons = [processing(stop), processing(stop)];
    const [ended] = await Promise.all([backfill(["--json"]), writing()]).finally(() => {
      stop.now = true;
    });
    const runs = (await Promise.all(crons)).flat();
    expect(ended.code, ended.stderr).toBe(0);
    expect(runs.map(({ failed }) => failed)).toEqual(runs.map(() => 0));
    expect(await stage.run()).toMatchObject({ exhausted: true, failed: 0, mismatches: 0 });
    // Bounds that a campaign has by now are not looked for again unless something else changes.
    await backfill(["--json"]);
    expect(await readEvents(stage.db, clientIds)).toEqual(await expectEvents(stage.db, clientIds));
  });
});

async function expectEverythingOnce(stdout: string): Promise<void> {
  const { db } = stage;
  const expected = await expectEvents(db, clientIds);
  expect(await readEvents(db, clientIds)).toEqual(expected);
  const threads = await db.message.groupBy({ by: ["leadId", "channel"], where: { direction: "inbound" } });
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ complete: true, batches: await countBatches(), processed: threads.length },
    ...{ inserted: expected.length, updated: 0, retracted: 0 },
  });
}

/** Each half of the leads is dealt with in full batches but for its last. */
async function countBatches(): Promise<number> {
  const [row] = await stage.db.$queryRaw<{ batches: number }[]>`
    SELECT sum(ceil("threads" / ${BATCH_SIZE}::numeric))::int AS "batches" FROM (
      SELECT count(DISTINCT ("leadId", "channel")) AS "threads" FROM "Message"
      WHERE "direction" = 'inbound' GROUP BY hashtext("leadId") & 1
    ) AS halves`;
  return row?.batches ?? 0;
}

function processedIn(stdout: string): number {
  return Number(JSON.parse(stdout).processed);
}

function backfill(flags: string[], options: RunOptions = {}) {
  const state = ["--state-file", path.join(folder, "state.json")];
  const always = ["--apply", "--batch-size", String(BATCH_SIZE), "--lookback-days", "3650", ...state];
  return runScript(SCRIPT, [...always, ...flags], { DIRECT_URL: stage.databaseUrl, LOG_LEVEL: "silent" }, options);
}
