import { describe, expect, it, onTestFinished } from "vitest";
import { createTestDatabase, type TestDatabase } from "./database";
import { withPg } from "./pg";

/** PgBouncer says of a database that is gone what the server's refusal means to it. */
const GONE = process.env["LEADLINE_TEST_POOLER"] ? /does not exist|login has been failing/ : "does not exist";

describe("a test database", () => {
  it("is migrated and empty", async () => {
    const database = await createForThisTest();
    expect(await countClients(database)).toBe(0);
  });

  it("shares nothing with another one", async () => {
    const [one, other] = await Promise.all([createForThisTest(), createForThisTest()]);
    await withPg(one.url, (client) => client.query(`INSERT INTO "Client" ("name") VALUES ('Acme')`));
    expect(await countClients(one)).toBe(1);
    expect(await countClients(other)).toBe(0);
  });

  it("can be had many times at once", async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, createForThisTest));
    expect(new Set(databases.map((database) => database.url)).size).toBe(8);
  });

  it("can be dropped while somebody is connected to it, and twice", async () => {
    const database = await createTestDatabase();
    await withPg(database.url, async (client) => {
      await database.drop();
      await expect(client.query("SELECT 1")).rejects.toThrow();
    });
    await database.drop();
    await expect(countClients(database)).rejects.toThrow(GONE);
  });
});

async function createForThisTest(): Promise<TestDatabase> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  return database;
}

async function countClients(database: TestDatabase): Promise<number> {
  const query = `SELECT count(*)::int AS count FROM "Client"`;
  return withPg(database.url, async (client) => (await client.query<{ count: number }>(query)).rows[0]?.count ?? -1);
}
