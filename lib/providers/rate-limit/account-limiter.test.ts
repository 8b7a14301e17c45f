import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { ProviderError } from "@/lib/core/errors";
import { MINUTE_MS, SECOND_MS, sleep } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { maxInRollingWindow } from "@/scripts/sandbox/rate-window";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { runScript } from "@/scripts/testing/process";
import type { RequestPermit } from "../limiter";
import { AccountLimiter, type AccountLimits } from "./account-limiter";

const HOUR_LONG: AccountLimits = { requestsMax: 10, windowMs: 60 * MINUTE_MS, requestMsMax: SECOND_MS };
const never = new AbortController().signal;

let database: TestDatabase;
let db: Db;
const statements: string[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url, { onStatement: (sql) => statements.push(sql) });
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("those who wait for a request", () => {
  it("are served in their order", async () => {
    const limiter = createLimiter({ requestsMax: 2, windowMs: 100, requestMsMax: 100 });
    const served: number[] = [];
    const serve = async (turn: number) => {
      (await limiter.acquire(never)).answered();
      served.push(turn);
    };
    await Promise.all([0, 1, 2, 3, 4, 5, 6].map(serve));
    expect(served).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it("leave at once when they are cut off, and those behind them are served", async () => {
    const limiter = createLimiter({ requestsMax: 1, windowMs: 300, requestMsMax: 100 });
    (await limiter.acquire(never)).answered();
    const order: string[] = [];
    const cut = new AbortController();
    const first = limiter.acquire(cut.signal).catch((reason: unknown) => order.push(String(reason)));
    const second = limiter.acquire(never).then(() => order.push("served"));
    cut.abort("cut off");
    await Promise.all([first, second]);
    expect(order).toEqual(["cut off", "served"]);
    await expect(limiter.acquire(AbortSignal.abort("too late"))).rejects.toBe("too late");
  });

  it("do not keep the process alive once they have given up", async () => {
    const script = "scripts/testing/workers/give-up-waiting.ts";
    expect(await runScript(script, [], { DATABASE_URL: database.url })).toMatchObject({ code: 0, stdout: "gave up\n" });
  });

  it("are told at once when it would take longer than they can wait", async () => {
    const limiter = createLimiter(HOUR_LONG);
    await useUp(limiter, 10);
    const refusal = await refusalOf(limiter.acquire(never, 5 * SECOND_MS));
    expect(refusal).toMatchObject({ kind: "rate_limited", message: expect.stringContaining("no requests left") });
    expect(refusal.retryAfterMs).toBeGreaterThan(59 * MINUTE_MS);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(62 * MINUTE_MS);
  });

  it("are told at once also when others, who can, wait already", async () => {
    const limiter = createLimiter(HOUR_LONG);
    await useUp(limiter, 10);
    const patience = new AbortController();
    const waits = vi.fn();
    const patient = limiter.acquire(patience.signal, Number.POSITIVE_INFINITY, waits).catch(() => "gave up");
    await vi.waitFor(() => expect(waits).toHaveBeenCalled());
    expect(await refusalOf(limiter.acquire(never, SECOND_MS))).toMatchObject({ kind: "rate_limited" });
    patience.abort();
    expect(await patient).toBe("gave up");
  });

  it("do not wait longer in many short waits than in one", async () => {
    const [one, other] = createLimiters(2, HOUR_LONG);
    one.expect(10);
    await one.acquire(never);
    expect(await refusalOf(other.acquire(never, 700))).toMatchObject({ kind: "rate_limited" });
  });

  it("are all served, however close to the end of a refill they come", async () => {
    const limiter = createLimiter({ ...HOUR_LONG, requestsMax: 10_000 });
    const again = async () => {
      await limiter.acquire(never);
      await limiter.acquire(never);
      await limiter.acquire(never);
    };
    for (let round = 0; round < 50; round++) await Promise.all([again(), again()]);
    expect(await takenOf(limiter)).toBeGreaterThanOrEqual(300);
  });
});

describe("an account", () => {
  it("is never asked more often than its limit by several holders at once", async () => {
    const limits = { requestsMax: 12, windowMs: 400, requestMsMax: 200 };
    const arrivals: { at: number; account: string }[] = [];
    const stop = AbortSignal.timeout(2500);
    const send = async (permit: RequestPermit) => {
      await sleep(Math.random() * 20);
      arrivals.push({ at: performance.now(), account: "one" });
      await sleep(Math.random() * 20);
      permit.answered();
    };
    const work = async (limiter: AccountLimiter) => {
      while (!stop.aborted) {
        if (Math.random() < 0.1) void limiter.settle();
        await limiter.acquire(stop).then(send, () => {});
      }
    };
    const limiters = createLimiters(3, limits);
    await Promise.all([...limiters, ...limiters].map(work));
    expect(maxInRollingWindow(arrivals, limits.windowMs)).toBeLessThanOrEqual(12);
    expect(arrivals.length).toBeGreaterThan(24);
  });

  it("is not asked too often because a settlement comes to the database after a refill that was asked for later", async () => {
    const road = { slowOnes: 0 };
    const limiter = createLimiter(HOUR_LONG, behind(road));
    (await limiter.acquire(never)).answered();
    road.slowOnes = 1;
    const settled = limiter.settle();
    await vi.waitFor(() => expect(road.slowOnes).toBe(0));
    await Promise.all([1, 2, 3].map(() => limiter.acquire(never)));
    await settled;
    expect(await takenOf(limiter)).toBeGreaterThanOrEqual(4);
  });

  it("goes by no wall clock but the database's", async () => {
    const limiter = createLimiter({ ...HOUR_LONG, requestsMax: 2 });
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    await useUp(limiter, 2);
    for (const jumpMs of [24 * 60 * MINUTE_MS, -24 * 60 * MINUTE_MS]) {
      vi.setSystemTime(Date.now() + jumpMs);
      const { retryAfterMs } = await refusalOf(limiter.acquire(never, SECOND_MS));
      expect(retryAfterMs).toBeGreaterThan(59 * MINUTE_MS);
      expect(retryAfterMs).toBeLessThanOrEqual(62 * MINUTE_MS);
    }
  });
});

describe("a parked account", () => {
  it("grants nothing to anybody until then, and goes on by itself", async () => {
    const [one, other] = createLimiters(2, HOUR_LONG);
    await one.park(600);
    expect(await refusalOf(other.acquire(never, 100))).toMatchObject({ kind: "rate_limited" });
    await Promise.all([one.acquire(never), other.acquire(never)]);
    const [row] = await db.$queryRaw<{ over: boolean }[]>`
      SELECT "blockedUntil" <= clock_timestamp() AS "over" FROM "RateLimit" WHERE "account" = ${accountOf(one)}`;
    expect(row).toEqual({ over: true });
  });

  it("stops those who have requests in hand, here at once and elsewhere within a second", async () => {
    const [one, other] = createLimiters(2, { ...HOUR_LONG, requestsMax: 20 });
    await one.acquire(never);
    await other.acquire(never);
    await one.park(MINUTE_MS);
    expect(await refusalOf(one.acquire(never, SECOND_MS))).toMatchObject({ kind: "rate_limited" });
    await sleep(SECOND_MS);
    expect(await refusalOf(other.acquire(never, SECOND_MS))).toMatchObject({ kind: "rate_limited" });
  });

  it("stops those whose requests are just being granted", async () => {
    const limiter = createLimiter(HOUR_LONG);
    const asked = refusalOf(limiter.acquire(never, SECOND_MS));
    await limiter.park(MINUTE_MS);
    expect(await asked).toMatchObject({ kind: "rate_limited" });
  });

  it("waits for the longest of what was said", async () => {
    const limiter = createLimiter(HOUR_LONG);
    await limiter.park(MINUTE_MS);
    await limiter.park(10);
    expect((await refusalOf(limiter.acquire(never, SECOND_MS))).retryAfterMs).toBeGreaterThan(50 * SECOND_MS);
  });
});

describe("a settlement", () => {
  it("gives back what was not used, and accounts for what was", async () => {
    const [one, other] = createLimiters(2, HOUR_LONG);
    one.expect(10);
    (await one.acquire(never)).answered();
    expect(await refusalOf(other.acquire(never, 0))).toMatchObject({ kind: "rate_limited" });
    await one.settle();
    expect(await takenOf(one)).toBe(1);
    await useUp(other, 9);
    await expect(other.acquire(never, 0)).rejects.toThrow("no requests left");
  });

  it("leaves what is under way taken", async () => {
    const limiter = createLimiter(HOUR_LONG);
    await limiter.acquire(never);
    const permit = await limiter.acquire(never);
    permit.answered();
    permit.answered();
    await limiter.settle();
    expect(await takenOf(limiter)).toBe(2);
  });

  it("writes nothing when there is nothing to settle, and never throws", async () => {
    statements.length = 0;
    await createLimiter(HOUR_LONG).settle();
    expect(statements).toEqual([]);
  });
});

describe("a page of requests", () => {
  it("costs one exchange when it was announced, whatever its size", async () => {
    const limiter = createLimiter({ ...HOUR_LONG, requestsMax: 90 });
    statements.length = 0;
    limiter.expect(80);
    for (let request = 0; request < 80; request++) (await limiter.acquire(never)).answered();
    expect(countExchanges()).toBe(1);
    await limiter.settle();
    expect(countExchanges()).toBe(2);
  });

  it("costs another look at the database when it takes longer than a second", async () => {
    const limiter = createLimiter({ ...HOUR_LONG, requestsMax: 90 });
    statements.length = 0;
    limiter.expect(4);
    await limiter.acquire(never);
    await sleep(SECOND_MS);
    await limiter.acquire(never);
    expect(countExchanges()).toBe(2);
    await limiter.settle();
    expect(await takenOf(limiter)).toBe(2);
  });

  const countExchanges = () => statements.filter((sql) => sql.includes(`UPDATE "RateLimit"`)).length;
});

describe("while the database cannot do it", () => {
  it("everybody who waits is told why, and later calls go on where it was", async () => {
    const limiter = createLimiter(HOUR_LONG);
    (await limiter.acquire(never)).answered();
    await useUp(limiter, 3);
    await db.$executeRaw`ALTER TABLE "RateLimit" RENAME TO "RateLimitGone"`;
    const asked = [limiter.acquire(never), limiter.acquire(never), limiter.acquire(never, 1)];
    const told = await Promise.allSettled(asked);
    await limiter.settle();
    await expect(limiter.park(1)).rejects.toThrow("does not exist");
    await db.$executeRaw`ALTER TABLE "RateLimitGone" RENAME TO "RateLimit"`;
    expect(told.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    await useUp(limiter, 6);
    expect(await refusalOf(limiter.acquire(never, 0))).toMatchObject({ kind: "rate_limited" });
  });
});

const accounts = new WeakMap<AccountLimiter, string>();

/** Limiters of one account, as several processes would have them. */
function createLimiters(
  count: 2 | 3,
  limits: AccountLimits,
  through: Db = db,
): [AccountLimiter, AccountLimiter, ...AccountLimiter[]] {
  const account = `account-${randomUUID()}`;
  const create = () => {
    const limiter = new AccountLimiter(through, account, limits);
    accounts.set(limiter, account);
    return limiter;
  };
  return [create(), create(), ...Array.from({ length: count - 2 }, create)];
}

function createLimiter(limits: AccountLimits, through: Db = db): AccountLimiter {
  return createLimiters(2, limits, through)[0];
}

/** The database behind a road on which the next so many transactions are slow. */
function behind(road: { slowOnes: number }): Db {
  return new Proxy(db, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (name !== "$transaction" || typeof member !== "function") return member;
      return async (...given: unknown[]) => {
        if (road.slowOnes-- > 0) await sleep(100);
        return Reflect.apply(member, target, given);
      };
    },
  });
}

function accountOf(limiter: AccountLimiter): string {
  return accounts.get(limiter) ?? "";
}

/** Sends so many requests that must not have to wait, and has them answered. */
async function useUp(limiter: AccountLimiter, requests: number): Promise<void> {
  limiter.expect(requests);
  for (let sent = 0; sent < requests; sent++) (await limiter.acquire(never, 0)).answered();
}

async function refusalOf(asked: Promise<unknown>): Promise<ProviderError> {
  const error: unknown = await asked.then(
    () => "a permit",
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ProviderError)) throw new Error(`not a refusal: ${String(error)}`);
  return error;
}

/** How many of an account's requests the database takes for used, held or under way. */
async function takenOf(limiter: AccountLimiter): Promise<number> {
  const row = await db.rateLimit.findUnique({ where: { account: accountOf(limiter) } });
  return row?.slotCounts.reduce((sum, count) => sum + count, 0) ?? 0;
}
