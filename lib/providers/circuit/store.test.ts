import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { DAY_MS, MINUTE_MS, sleep } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import type { CheckSignal, CircuitSettings } from "./rules";
import { type CircuitKey, claimProbe, readCircuit, recordChecks, releaseProbe } from "./store";

const SETTINGS: CircuitSettings = { errorRate: 0.5, checksMin: 5, cooldownMs: 10 * MINUTE_MS };
/** Short enough to wait for. */
const SHORT: CircuitSettings = { ...SETTINGS, cooldownMs: 50 };
const FIVE_FAILURES: CheckSignal[] = Array(5).fill("failure");

let database: TestDatabase;
let db: Db;
let otherDb: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
  otherDb = createDb(database.url);
});
afterAll(async () => {
  await Promise.all([db.$disconnect(), otherDb.$disconnect()]);
  await database.drop();
});

describe("a circuit in the database", () => {
  it("is closed while there is none, and of one workspace and provider alone", async () => {
    const key = await createKey();
    expect(await readCircuit(db, key)).toEqual({ state: "closed", outcomes: [] });
    await recordChecks(db, key, FIVE_FAILURES, "it fails", SETTINGS);
    expect((await readCircuit(db, key)).state).toBe("open");
    expect((await readCircuit(db, { ...key, provider: "CALENDLY" })).state).toBe("closed");
    expect((await readCircuit(db, await createKey())).state).toBe("closed");
  });

  it("opens for the cool-down, with the reason, at a time that has a zone", async () => {
    const key = await createKey();
    await recordChecks(db, key, FIVE_FAILURES, "it fails", SETTINGS);
    const row = await rowOf(key);
    expect(row).toMatchObject({ reason: "it fails", probeUntil: null, outcomes: [true, true, true, true, true] });
    expect((row?.openUntil?.getTime() ?? 0) - (row?.openedAt?.getTime() ?? 0)).toBe(SETTINGS.cooldownMs);
    const columns = await db.$queryRaw`
      SELECT DISTINCT "data_type" FROM information_schema.columns
      WHERE "table_name" = 'Circuit' AND "column_name" IN ('openedAt', 'openUntil', 'probeUntil')`;
    expect(columns).toEqual([{ data_type: "timestamp with time zone" }]);
  });

  it("cools down by the database's clock, whatever the process's own says", async () => {
    const key = await createKey();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY_MS });
    onTestFinished(() => void vi.useRealTimers());
    await recordChecks(db, key, FIVE_FAILURES, "it fails", SETTINGS);
    expect((await readCircuit(db, key)).state).toBe("open");
    expect(await claimProbe(db, key)).toBeNull();
    expect(await wasOpenedJustNow(key)).toBe(true);
    vi.setSystemTime(Date.now() - 2 * DAY_MS);
    const short = await openForAMoment();
    expect((await readCircuit(db, short)).state).toBe("half_open");
    expect(await wasOpenedJustNow(short)).toBe(true);
    expect(await claimProbe(db, short)).not.toBeNull();
  });

  it("loses no check of several processes that record at once", async () => {
    const key = await createKey();
    const never = { ...SETTINGS, errorRate: 1, checksMin: 20 };
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        recordChecks(index % 2 === 0 ? db : otherDb, key, [index % 2 === 0 ? "failure" : "success"], "", never),
      ),
    );
    const { outcomes } = await readCircuit(db, key);
    expect(outcomes).toHaveLength(8);
    expect(outcomes.filter(Boolean)).toHaveLength(4);
  });

  it("keeps the last 20 checks that count", async () => {
    const key = await createKey();
    const page: CheckSignal[] = ["failure", ...Array<CheckSignal>(30).fill("success"), "uncounted"];
    await recordChecks(db, key, page, "", SETTINGS);
    expect(await readCircuit(db, key)).toEqual({ state: "closed", outcomes: Array(20).fill(false) });
  });

  it("is not opened by pages that come while it is open: its cool-down stays", async () => {
    const key = await createKey();
    await recordChecks(db, key, FIVE_FAILURES, "it fails", SETTINGS);
    const before = await rowOf(key);
    await recordChecks(db, key, ["success", "failure", "credential_dead"], "later", SETTINGS);
    expect(await rowOf(key)).toEqual(before);
  });
});

describe("the probe of a half-open circuit", () => {
  it("is got by exactly one of 20 who ask at once", async () => {
    const key = await openForAMoment();
    const claims = Array.from({ length: 20 }, (_, index) => claimProbe(index % 2 === 0 ? db : otherDb, key));
    const taken = (await Promise.all(claims)).filter((probeUntil) => probeUntil !== null);
    expect(taken).toHaveLength(1);
  });

  it("is not to be had while the circuit is closed or open", async () => {
    const key = await createKey();
    expect(await claimProbe(db, key)).toBeNull();
    await recordChecks(db, key, ["success"], "", SETTINGS);
    expect(await claimProbe(db, key)).toBeNull();
    await recordChecks(db, key, FIVE_FAILURES, "it fails", SETTINGS);
    expect(await claimProbe(db, key)).toBeNull();
  });

  it("that fails opens the circuit for another cool-down, after which there is another probe", async () => {
    const key = await openForAMoment();
    await claimProbe(db, key);
    await recordChecks(db, key, ["failure"], "it still fails", SETTINGS);
    expect(await rowOf(key)).toMatchObject({ reason: "it still fails", probeUntil: null });
    expect((await readCircuit(db, key)).state).toBe("open");
    expect(await claimProbe(db, key)).toBeNull();
  });

  it("that succeeds closes the circuit and forgets what was", async () => {
    const key = await openForAMoment();
    await claimProbe(db, key);
    await recordChecks(db, key, ["success"], "", SETTINGS);
    const forgotten = { outcomes: [], openedAt: null, openUntil: null, probeUntil: null, reason: null };
    expect(await rowOf(key)).toMatchObject(forgotten);
    await recordChecks(db, key, Array(4).fill("failure"), "it fails", SETTINGS);
    expect((await readCircuit(db, key)).state).toBe("closed");
  });

  it("is another's as soon as it was given back, or ran out", async () => {
    const key = await openForAMoment();
    const first = await claimProbe(db, key);
    expect(await claimProbe(db, key)).toBeNull();
    await releaseProbe(db, key, first ?? new Date(0));
    expect(await claimProbe(db, key)).not.toBeNull();
    await runOut(key);
    expect(await claimProbe(db, key)).not.toBeNull();
  });

  it("is not given back by one whose time had run out: it is the next one's by then", async () => {
    const key = await openForAMoment();
    const slow = await claimProbe(db, key);
    await runOut(key);
    const next = await claimProbe(db, key);
    await releaseProbe(db, key, slow ?? new Date(0));
    expect((await rowOf(key))?.probeUntil).toEqual(next);
    expect(await claimProbe(db, key)).toBeNull();
  });
});

describe("a dead credential", () => {
  const statusOf = async (key: CircuitKey) => (await rowOf(key))?.credentialDead;

  it("is on record from the check that proves it to the check that goes through", async () => {
    const key = await createKey();
    await recordChecks(db, key, FIVE_FAILURES.slice(1), "it fails", SHORT);
    expect(await statusOf(key)).toBe(false);
    await recordChecks(db, key, ["credential_dead"], "answered 403", SHORT);
    expect(await statusOf(key)).toBe(true);
    await sleep(2 * SHORT.cooldownMs);
    await recordChecks(db, key, ["failure"], "no answer", SHORT);
    expect(await statusOf(key)).toBe(true);
    await sleep(2 * SHORT.cooldownMs);
    await recordChecks(db, key, ["success"], "", SHORT);
    expect(await statusOf(key)).toBe(false);
  });

  it("is not what opens a circuit after failures of another kind", async () => {
    const key = await openForAMoment();
    expect(await statusOf(key)).toBe(false);
  });
});

async function createKey(): Promise<CircuitKey> {
  const { id } = await db.client.create({ data: { name: "Acme" } });
  return { clientId: id, provider: "GHL" };
}

async function openForAMoment(): Promise<CircuitKey> {
  const key = await createKey();
  await recordChecks(db, key, FIVE_FAILURES, "it fails", SHORT);
  await sleep(2 * SHORT.cooldownMs);
  return key;
}

/** As if the one who has the probe had been at it for longer than anybody may. */
async function runOut({ clientId }: CircuitKey): Promise<void> {
  await db.$executeRaw`
    UPDATE "Circuit" SET "probeUntil" = clock_timestamp() - interval '1 second' WHERE "clientId" = ${clientId}`;
}

async function wasOpenedJustNow({ clientId }: CircuitKey): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 AS "found" FROM "Circuit"
    WHERE "clientId" = ${clientId} AND "openedAt" BETWEEN clock_timestamp() - interval '1 hour' AND clock_timestamp()`;
  return rows.length === 1;
}

function rowOf(key: CircuitKey) {
  return db.circuit.findUnique({ where: { clientId_provider: key } });
}
