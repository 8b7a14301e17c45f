import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SECOND_MS } from "@/lib/core/time";
import type { LedgerEntry } from "@/scripts/sandbox/ledger";
import { maxInRollingWindow, requestsBeforeReset } from "@/scripts/sandbox/rate-window";
import { type Sandbox, startSandbox } from "@/scripts/sandbox/sandbox";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { type RunOptions, runScript } from "@/scripts/testing/process";

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

/** How long to wait for what has to come: nothing here is about how soon. */
const PATIENCE = { timeout: 90 * SECOND_MS, interval: 50 };

describe("three processes on one account", { timeout: 2 * PATIENCE.timeout }, () => {
  it("never pass 30 requests in a second, also when one of them is killed: the others go on", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    const asked = Promise.all([account.ask(), account.ask()]);
    await account.askAndDie({ killMsAfterOutput: 1000 });
    const untilThen = account.entries().length;
    await account.untilAsked(untilThen + 90);
    account.close();
    await asked;
    const entries = account.entries();
    expect(entries.every(({ status }) => status === 200)).toBe(true);
    expect(maxInRollingWindow(entries, SECOND_MS)).toBeLessThanOrEqual(30);
  });

  it("all stop after a 429 to one of them until the reset that it names, and go on then", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    const asked = account.askFromThree();
    await account.refuseAfter(45, { headers: "real", waitMs: 3500 });
    await account.untilAskedAfter((entries) => resetIn(entries));
    account.close();
    await asked;
    const entries = account.entries();
    expect(entries.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(requestsBeforeReset(entries, { graceMs: GRACE_MS })).toEqual([]);
  });
});

describe("at HighLevel's real pace, three processes on one account", { timeout: 2 * PATIENCE.timeout }, () => {
  it.concurrent("use up 90 requests in 10 s together, and are never refused", async () => {
    const account = addAccount({ ours: 90, theirs: 100, windowMs: 10 * SECOND_MS });
    const asked = account.askFromThree();
    // A burst at the beginning, and another as soon as that has left the window.
    await account.untilAsked(2 * 90);
    account.close();
    const counts = await asked;
    const entries = account.entries();
    expect(counts.map(({ refused }) => refused)).toEqual([0, 0, 0]);
    expect(Math.min(...counts.map(({ answered }) => answered))).toBeGreaterThan(0);
    expect(entries.every(({ status }) => status === 200)).toBe(true);
    expect(maxInRollingWindow(entries, 10 * SECOND_MS)).toBe(90);
  });

  it.concurrent("all stop for the burst interval after a 429 that names no reset", async () => {
    const account = addAccount({ ours: 30, theirs: 34, windowMs: SECOND_MS });
    const asked = account.askFromThree();
    await account.refuseAfter(20, { headers: "none" });
    await account.untilAskedAfter((entries) => resetIn(withBurstInterval(entries)));
    account.close();
    await asked;
    const entries = withBurstInterval(account.entries());
    expect(entries.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(requestsBeforeReset(entries, { graceMs: GRACE_MS })).toEqual([]);
  });
});

/** A 429 that names no reset means the burst interval. */
function withBurstInterval(entries: readonly LedgerEntry[]): LedgerEntry[] {
  return entries.map((entry) => ({ ...entry, resetAt: entry.status === 429 ? entry.at + 10 * SECOND_MS : null }));
}

function addAccount({ ours, theirs, windowMs }: { ours: number; theirs: number; windowMs: number }) {
  const { id, token } = sandbox.ghl.addLocation({ limits: { burst: { requests: theirs, windowMs } } });
  const limits = { requestsMax: ours, windowMs, requestMsMax: 2 * SECOND_MS };
  const run = (options: RunOptions = {}) => {
    const settings = { baseUrl: sandbox.urls.ghl, locationId: id, token, limits };
    const script = "scripts/testing/workers/ask-account.ts";
    return runScript(script, [JSON.stringify(settings)], { DATABASE_URL: database.url }, options);
  };
  const ask = async (): Promise<{ answered: number; refused: number }> => {
    const { stdout, stderr } = await run();
    const last = stdout.trim().split("\n").at(-1) ?? "";
    if (!last.startsWith("{")) throw new Error(`the worker failed: ${stderr}`);
    return JSON.parse(last);
  };
  /** What was asked while the location was there. */
  const entries = () => sandbox.ledger.find({ account: id }).filter(({ status }) => status !== 404);
  return {
    ask,
    entries,
    askFromThree: () => Promise.all([ask(), ask(), ask()]),
    askAndDie: (options: { killMsAfterOutput: number }) => run(options),
    untilAsked: (requests: number) => expect.poll(() => entries().length, PATIENCE).toBeGreaterThanOrEqual(requests),
    untilAskedAfter: (momentIn: (entries: readonly LedgerEntry[]) => number) =>
      expect.poll(() => entries().some(({ at }) => at >= momentIn(entries())), PATIENCE).toBe(true),
    /** Once so many requests have come, the next is refused. */
    async refuseAfter(requests: number, fault: { headers: "real" | "none"; waitMs?: number }): Promise<void> {
      await expect.poll(() => entries().length, PATIENCE).toBeGreaterThan(requests);
      sandbox.faults.add({ match: { account: id }, fault: { kind: "rate_limited", ...fault }, times: 1 });
      await expect.poll(() => entries().some(({ status }) => status === 429), PATIENCE).toBe(true);
    },
    /** The location is gone: whoever asks from now on learns it, and stops. */
    close: () => sandbox.faults.add({ match: { account: id }, fault: { kind: "not_found" } }),
  };
}

function resetIn(entries: readonly { resetAt: number | null }[]): number {
  return Math.max(...entries.map(({ resetAt }) => resetAt ?? Number.NEGATIVE_INFINITY));
}
