import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { AccountLimiter } from "./account-limiter";
import { withParking } from "./parking";

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

const never = new AbortController().signal;

describe("a workspace whose account has no requests left", () => {
  it("gives up its place while it waits, and no sooner: requests that are granted at once are not told of", async () => {
    const { limiter, told } = parkingOn("quick", { requestsMax: 4, windowMs: 300 });
    await Promise.all([1, 2, 3, 4].map(async () => (await limiter.acquire(never)).answered()));
    expect(told).toEqual([]);
    (await limiter.acquire(never)).answered();
    expect(told).toEqual(["parked", "resumed"]);
  });

  it("gives it up once for all that wait, and takes it back when the last of them goes on", async () => {
    const { limiter, told } = parkingOn("together", { requestsMax: 2, windowMs: 300 });
    const ask = async () => {
      (await limiter.acquire(never)).answered();
      told.push("sent");
    };
    await Promise.all([ask(), ask()]);
    await Promise.all([ask(), ask(), ask()]);
    expect(told.slice(0, 3)).toEqual(["sent", "sent", "parked"]);
    expect(told.filter((word) => word === "parked")).toHaveLength(1);
    expect(told.filter((word) => word === "resumed")).toHaveLength(1);
    expect(told.slice(-2).toSorted()).toEqual(["resumed", "sent"]);
  });

  it("takes it back also when it is cut off while it waits", async () => {
    const { limiter, told } = parkingOn("cut off", { requestsMax: 1, windowMs: 60_000 });
    (await limiter.acquire(never)).answered();
    const cut = new AbortController();
    const asked = limiter.acquire(cut.signal);
    await expect.poll(() => told).toEqual(["parked"]);
    cut.abort("cut off");
    await expect(asked).rejects.toBe("cut off");
    expect(told).toEqual(["parked", "resumed"]);
  });

  it("keeps it when it has not the time to wait: then it is told so at once", async () => {
    const { limiter, told } = parkingOn("in a hurry", { requestsMax: 1, windowMs: 60_000, remainingMs: 1000 });
    (await limiter.acquire(never)).answered();
    await expect(limiter.acquire(never)).rejects.toMatchObject({ kind: "rate_limited" });
    expect(told).toEqual([]);
  });
});

function parkingOn(
  account: string,
  { remainingMs = 120_000, ...limits }: { requestsMax: number; windowMs: number; remainingMs?: number },
) {
  const told: string[] = [];
  const hooks = { parked: () => void told.push("parked"), resumed: () => void told.push("resumed") };
  const limiter = new AccountLimiter(db, account, { ...limits, requestMsMax: 100 });
  return { limiter: withParking(limiter, hooks, () => remainingMs), told };
}
