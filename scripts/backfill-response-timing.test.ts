import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { type History, historyArbitrary } from "@/lib/response-timing/histories.fixture";
import {
  applyChange,
  applyHistories,
  expectEvents,
  placeHistory,
  readEvents,
} from "@/lib/response-timing/histories-database.fixture";
import { createTestDatabase, type TestDatabase } from "./testing/database";
import { runScript } from "./testing/process";

const SCRIPT = "scripts/backfill-response-timing.ts";
const LOOKBACK = ["--lookback-days", "3650"];
const NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none";

let database: TestDatabase;
let db: Db;
let folder: string;
let files = 0;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "leadline-timing-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  files++;
  database = await createTestDatabase();
  db = createDb(database.url);
});
afterEach(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("a backfill of response timing", () => {
  it("is dry by default: says what it would do, and writes nothing", async () => {
    const clientIds = await writeHistories(30);
    await backfill("--apply", ...LOOKBACK);
    await changeEverything();
    const before = await everyRow();
    const rehearsal = await backfill("--json", "--batch-size", "5", ...LOOKBACK, "--state-file", stateFile("dry"));
    expect(rehearsal.code, rehearsal.stderr).toBe(0);
    expect(await everyRow()).toEqual(before);
    const performance = await backfill("--apply", "--json", "--batch-size", "7", ...LOOKBACK);
    const [would, did] = [rehearsal, performance].map(({ stdout }) => JSON.parse(stdout));
    expect(would).toMatchObject({ mode: "dry-run", complete: true, processed: did.processed });
    expect(did.inserted + did.updated + did.retracted).toBeGreaterThan(10);
    expect([would.inserted, would.updated, would.retracted]).toEqual([did.inserted, did.updated, did.retracted]);
    expect(await readEvents(db, clientIds)).toEqual(await expectEvents(db, clientIds));
  });

  it("makes the rows what the definitions say, each batch as large as it is told, and has nothing left to do", async () => {
    const clientIds = await writeHistories(15);
    const expected = await expectEvents(db, clientIds);
    const ended = await backfill("--apply", "--json", "--batch-size", "6", ...LOOKBACK);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await readEvents(db, clientIds)).toEqual(expected);
    const summary = JSON.parse(ended.stdout);
    expect(summary).toMatchObject({
      mode: "apply",
      complete: true,
      inserted: expected.length,
      updated: 0,
      retracted: 0,
    });
    const lines = batchLines(ended.stderr);
    expect(lines.map(({ batch }) => batch)).toEqual(lines.map((_, index) => index + 1));
    expect(Math.max(...lines.map(({ processed }) => processed))).toBe(6);
    expect(lines.at(-1)?.total).toBe(lines.reduce((sum, { processed }) => sum + processed, 0));
    const threads = await db.message.groupBy({ by: ["leadId", "channel"], where: { direction: "inbound" } });
    expect(summary).toMatchObject({ batches: lines.length, processed: threads.length });
    expect(lines.at(-1)?.total).toBe(threads.length);
    const again = await backfill("--apply", "--resume", "--json", "--batch-size", "50", ...LOOKBACK);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toContain("nothing left to do");
    const fresh = await backfill("--apply", "--json", ...LOOKBACK);
    expect(JSON.parse(fresh.stdout)).toMatchObject({ inserted: 0, updated: 0, retracted: 0 });
  });

  it("mends rows whose messages are gone, have moved or are no anchors any more", async () => {
    const clientIds = await writeHistories(15);
    await backfill("--apply", ...LOOKBACK);
    await changeEverything();
    const expected = await expectEvents(db, clientIds);
    expect(await readEvents(db, clientIds)).not.toEqual(expected);
    const ended = await backfill("--apply", "--json", "--batch-size", "4", ...LOOKBACK);
    expect(await readEvents(db, clientIds)).toEqual(expected);
    expect(JSON.parse(ended.stdout).retracted).toBeGreaterThan(0);
  });

  it("leaves older anchors as they are", async () => {
    const clientIds = await writeHistories(15);
    const { sentAt = new Date() } = (await db.message.findFirst({ orderBy: { sentAt: "asc" }, skip: 60 })) ?? {};
    const days = Math.floor((Date.now() - sentAt.getTime()) / DAY_MS);
    await db.responseTimingEvent.createMany({ data: await foreignRows() });
    await backfill("--apply", "--lookback-days", String(days));
    const { startedAt } = await db.backfillRun.findFirstOrThrow();
    const expected = await expectEvents(db, clientIds, new Date(startedAt.getTime() - days * DAY_MS));
    const stored = await readEvents(db, clientIds);
    expect(stored).toEqual(expected);
    expect(stored.filter(({ streakCount }) => streakCount === FOREIGN_STREAK).length).toBeGreaterThan(0);
  });

  it("keeps to one workspace if told so", async () => {
    const [own = "", other = ""] = await writeHistories(2);
    const ended = await backfill("--apply", "--json", "--clientId", own, ...LOOKBACK);
    expect(ended.code, ended.stderr).toBe(0);
    expect(await readEvents(db, [own])).toEqual(await expectEvents(db, [own]));
    expect(await readEvents(db, [other])).toEqual([]);
  });
});

describe("what is wrong with a call", () => {
  it.each([
    ["an unknown flag", ["--aply"], 2],
    ["a lookback of no days", ["--lookback-days", "0"], 2],
    ["too large a batch", ["--batch-size", "5001"], 2],
    ["too short a time for statements", ["--statement-timeout-ms", "999"], 2],
    ["a workspace that does not exist", ["--clientId", "nobody"], 1],
    ["nothing to resume", ["--apply", "--resume"], 3],
  ])("(%s) is said before anything is touched", async (_name, flags, code) => {
    const ended = await backfill(...flags);
    expect(ended.code).toBe(code);
    expect(ended.stderr).not.toBe("");
    expect(ended.stdout).toBe("");
  });

  it("is explained by --help, which names every flag", async () => {
    const { code, stdout } = await backfill("--help");
    expect(code).toBe(0);
    for (const flag of ["--dry-run", "--apply", "--lookback-days N", "--batch-size N", "--clientId ID", "--resume"]) {
      expect(stdout).toContain(flag);
    }
    for (const flag of ["--state-file PATH", "--statement-timeout-ms N", "--allow-pooler", "--json"]) {
      expect(stdout).toContain(flag);
    }
  });
});

describe("the connection", () => {
  it("is the direct one, which has to be named", async () => {
    const ended = await runIn({ DATABASE_URL: database.url });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("DIRECT_URL is not set");
    expect(ended.stdout).toBe("");
  });

  it("may be the pooler's if that is allowed, and people are told", async () => {
    const ended = await runIn({ DATABASE_URL: database.url, DIRECT_URL: NOWHERE }, "--allow-pooler");
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr).toContain("Going on over DATABASE_URL");
  });

  it("is an error with 4 where the direct one does not answer, or its schema is out of date", async () => {
    const silent = await runIn({ DATABASE_URL: database.url, DIRECT_URL: NOWHERE });
    expect(silent.code).toBe(4);
    expect(silent.stderr).toContain("DIRECT_URL does not answer");
    expect(silent.stderr).not.toContain("secret");
    await db.$executeRaw`ALTER TABLE "ResponseTimingEvent" DROP COLUMN "anomaly"`;
    const old = await runIn({ DIRECT_URL: database.url }, "--allow-pooler");
    expect(old.code).toBe(4);
    expect(old.stderr).toContain("ResponseTimingEvent.anomaly");
  });

  function runIn(environment: Record<string, string>, ...flags: string[]) {
    return runScript(SCRIPT, ["--json", "--state-file", stateFile(), ...flags], environment);
  }
});

describe("a state file", () => {
  it("of another lookback, workspace or mode is refused, with what differs", async () => {
    const [own = ""] = await writeHistories(2);
    await backfill("--apply", ...LOOKBACK);
    const ended = await backfill("--apply", "--resume", "--lookback-days", "30");
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain("lookbackDays is 3650 there and 30 here");
    expect(await backfill("--apply", "--resume", "--clientId", own, ...LOOKBACK)).toMatchObject({ code: 3 });
    expect(await backfill("--resume", ...LOOKBACK)).toMatchObject({ code: 3 });
  });

  it("that is damaged is refused, and without it the run goes on from the database", async () => {
    const clientIds = await stopHalfway();
    await writeFile(stateFile(), (await readFile(stateFile(), "utf8")).slice(1));
    expect(await backfill("--apply", "--resume", ...LOOKBACK)).toMatchObject({ code: 3 });
    await rm(stateFile());
    await expectToFinish(clientIds);
  });

  it("is enough to go on where the database has lost the run", async () => {
    const clientIds = await stopHalfway();
    await db.backfillRun.deleteMany();
    await expectToFinish(clientIds);
  });

  it("carries a dry run on from where it was stopped", async () => {
    await writeHistories(30);
    const whole = JSON.parse((await backfill("--json", "--batch-size", "1", ...LOOKBACK)).stdout);
    const flags = ["--json", ...LOOKBACK, "--state-file", stateFile("dry")];
    const first = await backfill("--batch-size", "1", ...flags, { killMsAfterOutput: 30, signal: "SIGINT" });
    expect(first, first.stderr).toMatchObject({ code: 130 });
    expect(JSON.parse(first.stdout).complete).toBe(false);
    const rest = await backfill("--batch-size", "9", "--resume", ...flags);
    const { processed, inserted } = JSON.parse(rest.stdout);
    expect({ processed, inserted }).toEqual({ processed: whole.processed, inserted: whole.inserted });
    expect(await db.responseTimingEvent.count()).toBe(0);
  });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("(%s) ends with %i and a checkpoint that --resume takes up", async (signal, code) => {
    const clientIds = await writeHistories(40);
    const options = { killMsAfterOutput: 30, signal };
    const ended = await backfill("--apply", "--json", "--batch-size", "1", ...LOOKBACK, options);
    expect(ended, ended.stderr).toMatchObject({ code, signal: null });
    expect(JSON.parse(ended.stdout).complete).toBe(false);
    await expectToFinish(clientIds);
  });
});

describe("a statement that takes too long", () => {
  it("ends the run with 1 and says what to do, and nothing of its batch is written", async () => {
    const clientIds = await writeHistories(3);
    const holder = createDb(database.url);
    await holder.$transaction(
      async (tx) => {
        await tx.$executeRaw`LOCK TABLE "AIDraft" IN ACCESS EXCLUSIVE MODE`;
        const ended = await backfill("--apply", "--statement-timeout-ms", "1000", ...LOOKBACK);
        expect(ended.code, ended.stderr).toBe(1);
        expect(ended.stderr).toContain("statement timeout");
        expect(ended.stderr).toContain("--batch-size");
      },
      { timeout: 30_000 },
    );
    await holder.$disconnect();
    expect(await db.responseTimingEvent.count()).toBe(0);
    await expectToFinish(clientIds);
  });
});

describe("a row in other hands", () => {
  it("is waited for, and if that takes too long the run ends with 1 and can be taken up", async () => {
    const clientIds = await writeHistories(3);
    const [event] = await expectEvents(db, clientIds);
    const holder = createDb(database.url);
    await holder.$transaction(
      async (tx) => {
        await tx.$queryRaw`SELECT 1 AS held FROM "Lead" WHERE "id" = ${event?.leadId} FOR UPDATE`;
        const ended = await backfill("--apply", "--json", "--statement-timeout-ms", "1000", ...LOOKBACK);
        expect(ended.code, ended.stderr).toBe(1);
        expect(ended.stderr).toContain("Another transaction has held rows");
        expect(JSON.parse(ended.stdout).complete).toBe(false);
      },
      { timeout: 30_000 },
    );
    await holder.$disconnect();
    await expectToFinish(clientIds);
  });
});

/** A run of which some batches are done and others are not. Returns the workspaces that it is about. */
async function stopHalfway(): Promise<string[]> {
  const clientIds = await writeHistories(40);
  const options = { killMsAfterOutput: 30, signal: "SIGTERM" as const };
  const ended = await backfill("--apply", "--batch-size", "1", ...LOOKBACK, options);
  expect(ended.code, ended.stderr).toBe(143);
  return clientIds;
}

/** The rest of a run: it ends with every row as it should be, and every thread dealt with once in all. */
async function expectToFinish(clientIds: readonly string[]): Promise<void> {
  const ended = await backfill("--apply", "--resume", "--json", ...LOOKBACK);
  expect(ended.code, ended.stderr).toBe(0);
  const expected = await expectEvents(db, clientIds);
  expect(await readEvents(db, clientIds)).toEqual(expected);
  const threads = await db.message.groupBy({ by: ["leadId", "channel"], where: { direction: "inbound" } });
  expect(JSON.parse(ended.stdout)).toMatchObject({
    ...{ complete: true, processed: threads.length, inserted: expected.length, updated: 0, retracted: 0 },
  });
}

let histories: History[] = [];

async function writeHistories(count: number): Promise<string[]> {
  const samples = fc.sample(historyArbitrary({ changesMax: 12 }), { numRuns: count, seed: 5 });
  histories = samples.map((history, index) => placeHistory(inThePast(history), `h${index}-`));
  await applyHistories(db, histories);
  return histories.map(({ clientId }) => clientId);
}

/** Histories are told of a year to come; here they are over. */
function inThePast(history: History): History {
  const aged = (value: unknown): unknown => {
    if (value instanceof Date) return new Date(value.getTime() - 6 * 365 * DAY_MS);
    if (Array.isArray(value)) return value.map(aged);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, aged(each)]));
  };
  return aged(history) as History;
}

async function changeEverything(): Promise<void> {
  for (const change of histories.flatMap(({ changes }) => changes)) await applyChange(db, change);
}

const FOREIGN_STREAK = 77;

/** For every inbound message a row that nobody derived. */
async function foreignRows() {
  const messages = await db.message.findMany({ where: { direction: "inbound" }, include: { lead: true } });
  return messages.map(({ id, leadId, channel, sentAt, lead }) => ({
    ...{ clientId: lead.clientId, leadId, channel, inboundMessageId: id, inboundSentAt: sentAt },
    ...{ streakStartedAt: sentAt, streakCount: FOREIGN_STREAK },
  }));
}

/** Everything that the database holds, table by table. */
async function everyRow(): Promise<Record<string, unknown>> {
  const tables = await db.$queryRaw<{ name: string }[]>`
    SELECT tablename::text AS "name" FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
  const entries: [string, unknown][] = [];
  for (const { name } of tables) {
    const rows = await db.$queryRawUnsafe(`SELECT to_jsonb(t)::text AS "row" FROM "${name}" t ORDER BY 1`);
    entries.push([name, rows]);
  }
  return Object.fromEntries(entries);
}

function batchLines(stderr: string) {
  const lines = stderr.matchAll(/^\[batch (\d+)\] processed (\d+), total so far (\d+), elapsed \d+(?:\.\d+)?s$/gm);
  return [...lines].map(([, batch, processed, total]) => ({
    ...{ batch: Number(batch), processed: Number(processed), total: Number(total) },
  }));
}

function stateFile(name = "state"): string {
  return path.join(folder, `${files}-${name}.json`);
}

/** Runs the script over the direct connection alone, with its state beside the test's unless the flags say otherwise. */
function backfill(...args: (string | Parameters<typeof runScript>[3])[]) {
  const flags = args.filter((arg) => typeof arg === "string");
  const options = args.find((arg) => typeof arg === "object") ?? {};
  const state = flags.includes("--state-file") ? [] : ["--state-file", stateFile()];
  return runScript(SCRIPT, [...state, ...flags], { DIRECT_URL: database.url, LOG_LEVEL: "silent" }, options);
}
