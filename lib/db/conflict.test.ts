import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { createDb, type Db } from "./client";
import { isConflict, retryOnConflict } from "./conflict";

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

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a conflict", () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      "a key that exists now",
      () => db.$executeRaw`INSERT INTO "Client" ("id", "name") VALUES ('one', 'a'), ('one', 'b')`,
    ],
    [
      "a key that Prisma finds to exist",
      () =>
        db.client.createMany({
          data: [
            { id: "two", name: "a" },
            { id: "two", name: "b" },
          ],
        }),
    ],
    ["a row that is gone", () => db.$executeRaw`INSERT INTO "Lead" ("clientId") VALUES ('nobody')`],
    ["a row that Prisma finds to be gone", () => db.lead.create({ data: { clientId: "nobody" } })],
    ["a wait in a circle", waitInACircle],
  ])("is %s", async (_, lose) => {
    expect(isConflict(await failureOf(lose()))).toBe(true);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["a statement that makes no sense", () => db.$queryRaw`SELECT nothing`],
    [
      "a word that nobody knows",
      () => db.$executeRaw`INSERT INTO "Client" ("name", "meetingBookingProvider") VALUES ('a', 'b')`,
    ],
    ["an error of ours", () => Promise.reject(new Error("23505"))],
  ])("is not %s", async (_, fail) => {
    expect(isConflict(await failureOf(fail()))).toBe(false);
  });
});

describe("a transaction that loses", () => {
  const losing = (times: number) => {
    let tries = 0;
    return retryOnConflict(async () => {
      if (++tries <= times) await db.lead.create({ data: { clientId: "nobody" } });
      return "won";
    });
  };

  it("is repeated until it wins, twice at most", async () => {
    expect(await losing(2)).toBe("won");
    expect(isConflict(await failureOf(losing(3)))).toBe(true);
  });
});

/** Two transactions, each with a row that the other one wants. PostgreSQL ends one of them. */
async function waitInACircle(): Promise<void> {
  const ids = ["left", "right"];
  await db.client.createMany({ data: ids.map((id) => ({ id, name: id })), skipDuplicates: true });
  const rename = async (first: string, second: string, meet: () => Promise<void>) =>
    db.$transaction(
      async (tx) => {
        await tx.client.update({ where: { id: first }, data: { name: "mine" } });
        await meet();
        await tx.client.update({ where: { id: second }, data: { name: "mine too" } });
      },
      { timeout: 20_000 },
    );
  let here = 0;
  let open = () => {};
  const both = new Promise<void>((resolve) => {
    open = resolve;
  });
  const meet = async () => {
    if (++here === 2) open();
    await both;
  };
  const [a, b] = await Promise.allSettled([rename("left", "right", meet), rename("right", "left", meet)]);
  for (const one of [a, b]) if (one.status === "rejected") throw one.reason;
}
