import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb } from "@/lib/db/client";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { parseEnv } from "@/lib/env";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { type Connection, openConnection } from "./connection";
import { DatabaseNotReadyError } from "./exit";
import { UsageError } from "./flags";

const NOWHERE = "postgresql://nobody:secret@127.0.0.1:1/none";
const POOLER_TOO = { allowPooler: true, statementTimeoutMs: 1_000 };
const DIRECT_ONLY = { allowPooler: false, statementTimeoutMs: 1_000 };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe("a command that demands nothing of its connection", () => {
  it("works over DATABASE_URL, whatever else is set", async () => {
    expect(await tryOpening({ DATABASE_URL: database.url, DIRECT_URL: NOWHERE }, null)).toEqual([database.url]);
  });

  it("is told when that does not answer, or is not set", async () => {
    const opening = tryOpening({ DATABASE_URL: NOWHERE, DIRECT_URL: database.url }, null);
    await expect(opening).rejects.toSatisfy(isDatabaseUnavailable);
    await expect(tryOpening({ DIRECT_URL: database.url }, null)).rejects.toThrow(DatabaseNotReadyError);
  });
});

describe("a command that demands a direct connection", () => {
  it("works over DIRECT_URL, and needs no other", async () => {
    expect(await tryOpening({ DIRECT_URL: database.url }, DIRECT_ONLY)).toEqual([database.url]);
    expect(await tryOpening({ DATABASE_URL: NOWHERE, DIRECT_URL: database.url }, DIRECT_ONLY)).toEqual([database.url]);
  });

  it("is wrongly called where none is named", async () => {
    await expect(tryOpening({ DATABASE_URL: database.url }, DIRECT_ONLY)).rejects.toThrow(UsageError);
  });

  it("goes nowhere else where it does not answer, and says what would", async () => {
    const opening = tryOpening({ DATABASE_URL: database.url, DIRECT_URL: NOWHERE }, DIRECT_ONLY);
    await expect(opening).rejects.toThrow(DatabaseNotReadyError);
    await expect(opening).rejects.toThrow("--allow-pooler");
    await expect(opening).rejects.not.toThrow("secret");
  });
});

describe("a command for which a pooler will do", () => {
  it("still works over DIRECT_URL where that answers", async () => {
    const environment = { DATABASE_URL: NOWHERE, DIRECT_URL: database.url };
    expect(await tryOpening(environment, POOLER_TOO)).toEqual([database.url]);
  });

  it("works over DATABASE_URL where DIRECT_URL is not set or does not answer", async () => {
    expect(await tryOpening({ DATABASE_URL: database.url }, POOLER_TOO)).toEqual([database.url]);
    const environment = { DATABASE_URL: database.url, DIRECT_URL: NOWHERE };
    expect(await tryOpening(environment, POOLER_TOO)).toEqual([NOWHERE, database.url]);
  });

  it("fails where neither answers, or neither is there", async () => {
    const nowhere = tryOpening({ DATABASE_URL: NOWHERE, DIRECT_URL: NOWHERE }, POOLER_TOO);
    await expect(nowhere).rejects.toSatisfy(isDatabaseUnavailable);
    await expect(tryOpening({ DIRECT_URL: NOWHERE }, POOLER_TOO)).rejects.toThrow(DatabaseNotReadyError);
    await expect(tryOpening({}, POOLER_TOO)).rejects.toThrow(DatabaseNotReadyError);
  });

  it("does not go on elsewhere after an error that is no silence", async () => {
    const env = parseEnv({ DATABASE_URL: NOWHERE, DIRECT_URL: database.url });
    const opening = openConnection(env, POOLER_TOO, async () => {
      throw new DatabaseNotReadyError("The database lacks a column.");
    });
    await expect(opening).rejects.toThrow("lacks a column");
  });
});

it("waits for a statement's answer longer than the database lets the statement take", async () => {
  const waits: (number | undefined)[] = [];
  const env = parseEnv({ DIRECT_URL: database.url });
  await openConnection(env, { allowPooler: false, statementTimeoutMs: 600_000 }, async ({ queryTimeoutMs }) => {
    waits.push(queryTimeoutMs);
  });
  expect(waits[0]).toBeGreaterThan(600_000);
});

/** The addresses that were tried, the last of which answered. */
async function tryOpening(
  environment: Record<string, string>,
  demands: Parameters<typeof openConnection>[1],
): Promise<string[]> {
  const tried: string[] = [];
  await openConnection(parseEnv(environment), demands, async ({ url }: Connection) => {
    tried.push(url);
    const db = createDb(url);
    await db.$queryRaw`SELECT 1 AS one`.finally(() => db.$disconnect());
  });
  return tried;
}
