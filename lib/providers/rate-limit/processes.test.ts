import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SECOND_MS } from "@/lib/core/time";
import { maxInRollingWindow, requestsBeforeReset } from "@/scripts/sandbox/rate-window";
import { type Sandbox, startSandbox } from "@/scripts/sandbox/sandbox";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { runScript } from "@/scripts/testing/process";

/**
 * Real processes on one account. The provider's limit is a little above ours, as HighLevel's is: 100 in 10 s to our 90.
 */
let sandbox: Sandbox;
let database: TestDatabase;
beforeAll(async () => {
  [sandbox, database] = await Promise.all([startSandbox(), createTestDatabase()]);
});
afterAll(async () => {
  await sandbox.stop();
  await database.drop();
});

/** For so long a process may go on after another one was told to stop: the trust in tokens, and a slow machine. */
const GRACE_MS = 2 * SECOND_MS;

describe("three processes on one account", () => {
  it("never pass 30 requests in a second, also when one of them is killed: the others go on", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    await Promise.all([
      account.ask({ forMs: 5000 }),
      account.ask({ forMs: 5000 }),
      account.askAndDie({ killMsAfterOutput: 1000 }),
    ]);
    expect(account.entries().every(({ status }) => status === 200)).toBe(true);
    expect(maxInRollingWindow(account.entries(), SECOND_MS)).toBeLessThanOrEqual(30);
    const [first] = account.entries();
    const late = account.entries().filter(({ at }) => at > (first?.at ?? 0) + 3 * SECOND_MS);
    expect(late.length).toBeGreaterThan(10);
  });

  it("all stop after a 429 to one of them until the reset that it names, and go on then", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    const asked = account.askFromThree({ forMs: 7500 });
    await account.refuseAfter(45, { headers: "real", waitMs: 3500 });
    await asked;
    const entries = account.entries();
    expect(entries.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(requestsBeforeReset(entries, { graceMs: GRACE_MS })).toEqual([]);
    expect(entries.filter(({ at }) => at >= resetIn(entries)).length).toBeGreaterThan(0);
  });
});

describe("at HighLevel's real pace, three processes on one account", () => {
  it.concurrent("use up 90 requests in 10 s together, and are never refused", async () => {
    const account = addAccount({ ours: 90, theirs: 100, windowMs: 10 * SECOND_MS });
    const counts = await account.askFromThree({ forMs: 14_000 });
    const entries = account.entries();
    expect(counts.map(({ refused }) => refused)).toEqual([0, 0, 0]);
    expect(Math.min(...counts.map(({ answered }) => answered))).toBeGreaterThan(0);
    expect(entries.every(({ status }) => status === 200)).toBe(true);
    expect(maxInRollingWindow(entries, 10 * SECOND_MS)).toBeLessThanOrEqual(90);
    // A burst at the beginning, and another as soon as that has left the window.
    expect(entries.length).toBeGreaterThan(0.85 * 180);
  });

  it.concurrent("all stop for the burst interval after a 429 that names no reset", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    const asked = account.askFromThree({ forMs: 14_000 });
    await account.refuseAfter(20, { headers: "none" });
    await asked;
    const entries = account.entries().map((entry) => {
      return { ...entry, resetAt: entry.status === 429 ? entry.at + 10 * SECOND_MS : null };
    });
    expect(entries.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(requestsBeforeReset(entries, { graceMs: GRACE_MS })).toEqual([]);
    expect(entries.filter(({ at }) => at >= resetIn(entries)).length).toBeGreaterThan(0);
  });
});

function addAccount({ ours, theirs, windowMs }: { ours: number; theirs: number; windowMs: number }) {
  const { id, token } = sandbox.ghl.addLocation({ limits: { burst: { requests: theirs, windowMs } } });
  const limits = { requestsMax: ours, windowMs, requestMsMax: 2 * SECOND_MS };
  const run = (forMs: number, options: { killMsAfterOutput?: number } = {}) => {
    const settings = { baseUrl: sandbox.urls.ghl, locationId: id, token, limits, forMs };
    const script = "scripts/testing/workers/ask-account.ts";
    return runScript(script, [JSON.stringify(settings)], { DATABASE_URL: database.url }, options);
  };
  const ask = async ({ forMs }: { forMs: number }): Promise<{ answered: number; refused: number }> => {
    const { stdout, stderr } = await run(forMs);
    const last = stdout.trim().split("\n").at(-1) ?? "";
    if (!last.startsWith("{")) throw new Error(`the worker failed: ${stderr}`);
    return JSON.parse(last);
  };
  return {
    ask,
    entries: () => sandbox.ledger.find({ account: id }),
    askFromThree: (options: { forMs: number }) => Promise.all([ask(options), ask(options), ask(options)]),
    askAndDie: (options: { killMsAfterOutput: number }) => run(60_000, options),
    /** Once so many requests have come, the next is refused. */
    async refuseAfter(requests: number, fault: { headers: "real" | "none"; waitMs?: number }): Promise<void> {
      await expect.poll(() => sandbox.ledger.count({ account: id }), { timeout: 30_000 }).toBeGreaterThan(requests);
      sandbox.faults.add({ match: { account: id }, fault: { kind: "rate_limited", ...fault }, times: 1 });
    },
  };
}

function resetIn(entries: readonly { resetAt: number | null }[]): number {
  return Math.max(...entries.map(({ resetAt }) => resetAt ?? Number.NEGATIVE_INFINITY));
}
