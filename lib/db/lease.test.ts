import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CutOffError } from "@/lib/core/errors";
import { MINUTE_MS, sleep } from "@/lib/core/time";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { createDb, type Db } from "./client";
import { acquireLease, confirmLease, type Lease } from "./lease";

/** Long enough for a loaded machine to renew in time, short enough to wait for. */
const SHORT_TTL_MS = 1500;

let database: TestDatabase;
/** Two processes, as far as the database can tell. */
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

describe("taking a lease", () => {
  it("succeeds for exactly one of twenty at once, first and again when it has run out", async () => {
    const takeAll = () =>
      Promise.all(Array.from({ length: 20 }, (_, index) => acquireLease(index % 2 ? db : otherDb, "raced")));
    for (const fence of [1n, 2n, 3n]) {
      const taken = (await takeAll()).filter((lease) => lease !== null);
      expect(taken.map((lease) => lease.fence)).toEqual([fence]);
      await taken[0]?.release();
    }
  });

  it("does not concern a lease of another name", async () => {
    const [one, other] = await Promise.all([take(db, "one"), take(otherDb, "other")]);
    expect([one.fence, other.fence]).toEqual([1n, 1n]);
  });

  it("succeeds at once after a release, with a higher fence", async () => {
    const first = await take(db, "released");
    expect(await acquireLease(otherDb, "released")).toBeNull();
    await first.release();
    expect((await take(otherDb, "released")).fence).toBe(2n);
  });

  it("succeeds after a killed process's lease has run out, and not before", async () => {
    await db.$executeRaw`
      INSERT INTO "Lease" ("key", "owner", "fence", "expiresAt")
      VALUES ('killed', 'gone', 7, now() + interval '90 seconds')`;
    expect(await acquireLease(db, "killed")).toBeNull();
    await expire("killed");
    expect((await take(db, "killed")).fence).toBe(8n);
  });

  it("lasts no longer than 30 seconds unrenewed", async () => {
    const lease = await take(db, "short");
    const [row] = await db.$queryRaw<{ leftMs: number }[]>`
      SELECT extract(epoch FROM "expiresAt" - clock_timestamp())::float8 * 1000 AS "leftMs"
      FROM "Lease" WHERE "key" = ${lease.key}`;
    expect(row?.leftMs).toBeGreaterThan(0);
    expect(row?.leftMs).toBeLessThanOrEqual(30_000);
  });
});

describe("a lease that is held", () => {
  it("is renewed beyond its time", async () => {
    const lease = await take(db, "renewed", SHORT_TTL_MS);
    await sleep(2.5 * SHORT_TTL_MS);
    expect(lease.signal.aborted).toBe(false);
    expect(await acquireLease(otherDb, "renewed")).toBeNull();
    await confirmLease(db, lease);
  });

  it("is not given back by one who no longer has it", async () => {
    const first = await take(db, "taken-over");
    await expire("taken-over");
    const second = await take(otherDb, "taken-over");
    await first.release();
    await confirmLease(otherDb, second);
    expect(await acquireLease(db, "taken-over")).toBeNull();
  });
});

describe("a holder who slept past its time", () => {
  it("is told by its signal, also when nobody has taken over", async () => {
    const lease = await take(db, "overslept", SHORT_TTL_MS);
    await expire("overslept");
    await untilAborted(lease);
    expect(lease.signal.reason).toBeInstanceOf(CutOffError);
    await expect(confirmLease(db, lease)).rejects.toThrow(new CutOffError("the lease on overslept was lost"));
  });

  it("cannot commit what it began, nor take the lease from its new holder", async () => {
    const slept = await take(db, "late", SHORT_TTL_MS);
    await expire("late");
    const present = await take(otherDb, "late", MINUTE_MS);
    const write = db.$transaction(async (tx) => {
      await tx.client.create({ data: { name: "written by a ghost" } });
      await confirmLease(tx, slept);
    });
    await expect(write).rejects.toThrow(CutOffError);
    expect(await db.client.count({ where: { name: "written by a ghost" } })).toBe(0);
    await untilAborted(slept);
    await confirmLease(otherDb, present);
    expect(present.signal.aborted).toBe(false);
  });

  it("gives up by itself where the database cannot be asked, and sooner where it can", async () => {
    const alone = await createTestDatabase();
    const cutOff = createDb(alone.url);
    onTestFinished(() => cutOff.$disconnect());
    const unasked = await take(cutOff, "unreachable", SHORT_TTL_MS);
    const told = await take(db, "reachable", SHORT_TTL_MS);
    await Promise.all([alone.drop(), expire("reachable")]);
    await untilAborted(told);
    expect(unasked.signal.aborted).toBe(false);
    await untilAborted(unasked);
    await expect(unasked.release()).resolves.toBeUndefined();
  });
});

describe("confirming a lease", () => {
  it("holds off a takeover until the commit, though the time runs out meanwhile", async () => {
    const lease = await take(db, "confirmed", SHORT_TTL_MS);
    let taken: Promise<Lease | null> = Promise.resolve(null);
    await db.$transaction(async (tx) => {
      await confirmLease(tx, lease);
      await sleep(1.5 * SHORT_TTL_MS);
      taken = acquireLease(otherDb, "confirmed");
      expect(await Promise.race([taken, sleep(300).then(() => "still waiting")])).toBe("still waiting");
    });
    const successor = await taken;
    expect(successor?.fence).toBe(2n);
    await successor?.release();
  });

  it("lets several transactions of the holder go on beside each other", async () => {
    const lease = await take(db, "shared");
    const inside = Array.from({ length: 4 }, () => db.$transaction((tx) => confirmLease(tx, lease)));
    await expect(Promise.all(inside)).resolves.toHaveLength(4);
  });
});

async function take(from: Db, key: string, ttlMs?: number): Promise<Lease> {
  const lease = await acquireLease(from, key, ttlMs);
  if (lease === null) throw new Error(`somebody else has the lease on ${key}`);
  onTestFinished(() => lease.release());
  return lease;
}

/** As if its holder had not been heard of for the whole of its time. */
async function expire(key: string): Promise<void> {
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second' WHERE "key" = ${key}`;
}

/** A lease's timers keep no process alive, so something else has to. */
async function untilAborted({ signal }: Lease): Promise<void> {
  while (!signal.aborted) await sleep(20);
}
