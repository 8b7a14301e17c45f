import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { closeAbandonedRuns, closeRun, openRun, type RunStatus, statusOf } from "./run-record";

/** What is allowed to a run of the job of these tests. */
const DURATION_MS_MAX = MINUTE_MS;

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("the row of a run", () => {
  it("is there, running, from the moment it is opened", async () => {
    const startedAt = new Date("2026-11-22T09:00:00.123Z");
    const id = await openRun(db, { job: "opened", trigger: "cron", dryRun: true, startedAt });
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({
      ...{ job: "opened", trigger: "cron", status: "running", dryRun: true, startedAt },
      ...{ executionId: null, finishedAt: null, durationMs: null, result: null, error: null },
    });
  });

  it("says what came of the run once it is closed", async () => {
    const id = await open("closed");
    const finishedAt = new Date();
    const result = { exhausted: true, nested: { count: 2 } };
    await closeRun(db, id, { status: "completed", finishedAt, durationMs: 1234, result });
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({
      ...{ status: "completed", finishedAt, durationMs: 1234, result, error: null, updatedAt: finishedAt },
    });
  });

  it("has no result where there was none", async () => {
    const id = await open("failed");
    await close(id, "failed", { error: "out of luck" });
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({ error: "out of luck", result: null });
  });

  it("is closed once: what comes later changes nothing", async () => {
    const id = await open("twice");
    await close(id, "completed");
    await close(id, "failed", { error: "too late" });
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({ status: "completed", error: null });
  });
});

describe("a run that was killed", () => {
  it("is abandoned once it has run for longer than any run can, and not before", async () => {
    const killed = await open("killed", DURATION_MS_MAX + 31 * SECOND_MS);
    const slow = await open("killed", DURATION_MS_MAX + 20 * SECOND_MS);
    expect(await closeAbandonedRuns(db, "killed", DURATION_MS_MAX)).toBe(1);
    expect(await db.cronRun.findUnique({ where: { id: killed } })).toMatchObject({
      status: "abandoned",
      finishedAt: expect.any(Date),
      error: "the process ended before the run did",
    });
    expect(await db.cronRun.findUnique({ where: { id: slow } })).toMatchObject({ status: "running", error: null });
  });

  it("is not mistaken for one of another job, nor for one that has ended", async () => {
    const other = await open("other job", 10 * MINUTE_MS);
    const ended = await open("this job", 10 * MINUTE_MS);
    await close(ended, "partial");
    expect(await closeAbandonedRuns(db, "this job", DURATION_MS_MAX)).toBe(0);
    expect(await db.cronRun.findUnique({ where: { id: other } })).toMatchObject({ status: "running" });
    expect(await db.cronRun.findUnique({ where: { id: ended } })).toMatchObject({ status: "partial" });
  });

  it("stays abandoned when it turns out to have been asleep", async () => {
    const id = await open("asleep", 10 * MINUTE_MS);
    await closeAbandonedRuns(db, "asleep", DURATION_MS_MAX);
    await close(id, "completed");
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({ status: "abandoned", durationMs: null });
  });
});

describe("a run's status", () => {
  it.each([
    [true, "done", "completed"],
    [false, "time_budget", "partial"],
    [false, "limit", "partial"],
    [true, "locked", "completed"],
  ] as const)("where exhausted is %s and it stopped for %s is %s", (exhausted, stopReason, status) => {
    expect(statusOf({ kind: "ran", result: { exhausted, stopReason } })).toBe(status);
  });

  it("is skipped where it was locked out, and failed where a step failed", () => {
    expect(statusOf({ kind: "locked" })).toBe("skipped");
    expect(statusOf({ kind: "failed", error: "no", result: {} })).toBe("failed");
  });
});

async function open(job: string, ageMs = 0): Promise<string> {
  return openRun(db, { job, trigger: "http", dryRun: false, startedAt: new Date(Date.now() - ageMs) });
}

async function close(id: string, status: RunStatus, more: { error?: string } = {}): Promise<void> {
  await closeRun(db, id, { status, finishedAt: new Date(), durationMs: 1, ...more });
}
