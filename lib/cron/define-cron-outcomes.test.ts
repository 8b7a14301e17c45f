import { describe, expect, it, onTestFinished } from "vitest";
import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import {
  ALL_DONE,
  answer,
  type Door,
  type DoorOptions,
  openDoor,
  read,
  requestWith,
  type TinyRun,
} from "./testing/door";

/** What every answer of a run says, and its row agrees with. */
const COMMON = {
  job: "tiny",
  runId: expect.any(String),
  dryRun: false,
  durationMs: expect.any(Number),
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
};

describe("a run", () => {
  it("that did everything is answered with its result on top of the common fields, and completed", async () => {
    const result = { exhausted: true, stopReason: "done", count: 3, nested: { of: [1, 2] } } as const;
    const door = await open(async () => ({ kind: "ran", result }));
    expect(await read(door.GET(requestWith()))).toEqual(answer(200, { success: true, ...COMMON, ...result }));
    expect(await rowOf(door)).toMatchObject({ status: "completed", result, error: null, dryRun: false });
  });

  it("that left work for the next one is a success, and partial", async () => {
    const result = { exhausted: false, stopReason: "time_budget" } as const;
    const door = await open(async () => ({ kind: "ran", result }));
    expect(await read(door.GET(requestWith()))).toEqual(answer(200, { success: true, ...COMMON, ...result }));
    expect(await rowOf(door)).toMatchObject({ status: "partial", result });
  });

  it("that found the lease taken is skipped, without counts", async () => {
    const door = await open(async () => ({ kind: "locked" }));
    const expected = { success: true, ...COMMON, skipped: true, reason: "locked" };
    expect(await read(door.GET(requestWith()))).toEqual(answer(200, expected));
    expect(await rowOf(door)).toMatchObject({ status: "skipped", result: null, error: null });
  });

  it("of which a step failed is answered 500 with the result so far, and failed", async () => {
    const result = { errors: [{ step: "first", message: "no" }], sent: 2 };
    const door = await open(async () => ({ kind: "failed", error: "a step failed", result }));
    const expected = { success: false, ...COMMON, error: "a step failed", ...result };
    expect(await read(door.GET(requestWith()))).toEqual(answer(500, expected));
    expect(await rowOf(door)).toMatchObject({ status: "failed", result, error: "a step failed" });
  });

  it("that throws is answered 500, and failed", async () => {
    const door = await open(async () => {
      throw new Error("out of luck");
    });
    expect(await read(door.GET(requestWith()))).toEqual(
      answer(500, { success: false, ...COMMON, error: "out of luck" }),
    );
    expect(await rowOf(door)).toMatchObject({ status: "failed", result: {}, error: "out of luck" });
  });

  it("that throws something secret says so neither in its answer nor in its row", async () => {
    const secrets = ["jane@example.com", "+4915112345678", "s3cr3t-s3cr3t", "hunter22"];
    const [email, phone, token, password] = secrets;
    const door = await open(async () => {
      throw new Error(`${email} ${phone} Bearer ${token} postgresql://app:${password}@localhost/db`);
    });
    const said = JSON.stringify([await read(door.GET(requestWith())), await rowOf(door)]);
    for (const secret of secrets) expect(said).not.toContain(secret);
    expect(said).toContain("[redacted]");
  });

  it.each([
    ["a NUL byte", "a\0b"],
    ["half a character", "a\ud83db"],
  ])("that throws what PostgreSQL cannot store, %s, is on record all the same", async (_, message) => {
    const door = await open(async () => {
      throw new Error(message);
    });
    expect(await read(door.GET(requestWith()))).toMatchObject({ status: 500, body: { error: "a\ufffdb" } });
    expect(await rowOf(door)).toMatchObject({ status: "failed", error: "a\ufffdb" });
  });

  it("is on record as running while it runs", async () => {
    let during: unknown;
    const door = await open(async ({ db }) => {
      during = await db.cronRun.findMany();
      return ALL_DONE;
    });
    const { body } = await read(door.GET(requestWith("?dryRun=1")));
    expect(during).toMatchObject([{ job: "tiny", trigger: "http", status: "running", dryRun: true, finishedAt: null }]);
    const row = await rowOf(door);
    expect(body).toMatchObject({ runId: row?.id, durationMs: row?.durationMs, dryRun: true });
    expect(body).toMatchObject({ timestamp: row?.finishedAt?.toISOString() });
  });

  it("closes the rows of runs before it that were killed", async () => {
    const door = await open();
    const { db } = door.runtime;
    const startedAt = new Date(Date.now() - 2 * MINUTE_MS);
    const killed = { job: "tiny", trigger: "cron", status: "running", dryRun: false, startedAt };
    const { id } = await db.cronRun.create({ data: killed });
    const { id: other } = await db.cronRun.create({ data: { ...killed, job: "another" } });
    await door.GET(requestWith());
    expect(await db.cronRun.findUnique({ where: { id } })).toMatchObject({ status: "abandoned" });
    expect(await db.cronRun.findUnique({ where: { id: other } })).toMatchObject({ status: "running" });
  });
});

describe("a run's budget", () => {
  it("is what the job asks for where the platform allows it", async () => {
    expect(await budgetMsOf({ maxDuration: 60, budgetMs: () => 1000 })).toBeLessThanOrEqual(1000);
  });

  it("is cut to leave time for closing before the platform's limit", async () => {
    const budgetMs = await budgetMsOf({ maxDuration: 60, budgetMs: () => HOUR_MS });
    expect(budgetMs).toBeLessThanOrEqual(55_000);
    expect(budgetMs).toBeGreaterThan(0);
  });

  it("aborts what the run waits for", async () => {
    const door = await open(
      (_, deadline) =>
        new Promise((_resolve, reject) => {
          const alive = setInterval(() => {}, 10);
          deadline.signal.addEventListener("abort", () => {
            clearInterval(alive);
            reject(deadline.signal.reason);
          });
        }),
      { definition: { budgetMs: () => 50 } },
    );
    const expected = { status: 500, body: { error: "the time budget is spent" } };
    expect(await read(door.GET(requestWith()))).toMatchObject(expected);
  });
});

async function open(run: TinyRun = async () => ALL_DONE, options: DoorOptions = {}): Promise<Door> {
  const door = await openDoor({ run, ...options });
  onTestFinished(() => door.close());
  return door;
}

async function budgetMsOf(definition: NonNullable<DoorOptions["definition"]>): Promise<number> {
  let budgetMs = Number.NaN;
  const run: TinyRun = async (_, deadline) => {
    budgetMs = deadline.remainingMs();
    return ALL_DONE;
  };
  const door = await open(run, { definition });
  await door.GET(requestWith());
  return budgetMs;
}

/** The row of the one run that there was. */
async function rowOf({ runtime }: Door) {
  const rows = await runtime.db.cronRun.findMany();
  expect(rows).toHaveLength(1);
  return rows[0];
}
