import { randomBytes } from "node:crypto";
import { createServer } from "node:net";
import type { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProviderError } from "@/lib/core/errors";
import { sleep } from "@/lib/core/time";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { withPg } from "@/scripts/testing/pg";
import { createDb, type Db } from "./client";
import { isDatabaseUnavailable } from "./unavailable";

/** What makes the database unavailable, each with an error as it really comes. */
const UNAVAILABLE: Record<string, (database: TestDatabase) => Promise<unknown>> = {
  "a port that nobody listens on": async (database) =>
    failureAt(withUrl(database, { port: String(await findClosedPort()) })),
  "a host that has no address": (database) => failureAt(withUrl(database, { hostname: "nowhere.invalid" })),
  "a server that accepts and never answers": async (database) => {
    const silent = await listenInSilence();
    const error = await failureAt(withUrl(database, { port: String(silent.port) }));
    silent.close();
    return error;
  },
  "a wrong password": (database) => failureAt(withUrl(database, { password: "wrong" })),
  "a user that does not exist": (database) => failureAt(withUrl(database, { username: "nobody_at_all" })),
  "a database that does not exist": (database) => failureAt(withUrl(database, { pathname: "/nowhere_at_all" })),
  "a database that takes nobody now": async (database) => {
    const closed = await createTestDatabase();
    const name = new URL(closed.url).pathname.slice(1);
    const close = `ALTER DATABASE "${name}" ALLOW_CONNECTIONS false`;
    await withPg(database.url, (client) => client.query(close));
    const error = await failureAt(closed.url);
    await closed.drop();
    return error;
  },
  "too many connections": async (database) => {
    const role = `leadline_test_${randomBytes(6).toString("hex")}`;
    const execute = (sql: string) => withPg(database.url, (client) => client.query(sql));
    await execute(`CREATE ROLE ${role} LOGIN PASSWORD 'a-password' CONNECTION LIMIT 0`);
    const error = await failureAt(withUrl(database, { username: role, password: "a-password" }));
    await execute(`DROP ROLE ${role}`);
    return error;
  },
  "a connection that is ended while it works": (database) =>
    failureOf(database.url, (db) => db.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`),
  "a connection that is ended between two statements of a transaction": (database) =>
    failureOf(database.url, (db) =>
      db.$transaction(async (tx) => {
        const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
        await withPg(database.url, (client) => client.query("SELECT pg_terminate_backend($1)", [row?.pid]));
        await sleep(50);
        await tx.client.count();
      }),
    ),
  "a database that is dropped while it is used": async () => {
    const dropped = await createTestDatabase();
    return failureOf(dropped.url, async (db) => {
      await db.client.count();
      await dropped.drop();
      await db.client.count();
      await db.client.count();
    });
  },
  "a pool without a free connection for as long as one would wait": (database) =>
    failureOf(
      database.url,
      (db) =>
        db.$transaction(async (tx) => {
          await tx.client.count();
          await db.client.count();
        }, HELD_LONG),
      { poolSizeMax: 1 },
    ),
  "a statement that is never answered": (database) =>
    withPg(withUrl(database, { search: "?query_timeout=50" }), (client: Client) =>
      failure(client.query("SELECT pg_sleep(1)")),
    ),
};

/** What fails though the database is there. */
const AVAILABLE: Record<string, (db: Db) => Promise<unknown>> = {
  "a row that is there already": (db) => failure(db.lease.createMany({ data: [LEASE_ROW, LEASE_ROW] })),
  "the same in plain SQL": (db) =>
    failure(db.$executeRaw`INSERT INTO "Client" ("id", "name") VALUES ('twin', 'a'), ('twin', 'b')`),
  "a row that points nowhere": (db) => failure(db.lead.create({ data: { clientId: "nobody" } })),
  "a syntax error": (db) => failure(db.$queryRaw`SELEC 1`),
  "a table that does not exist": (db) => failure(db.$queryRaw`SELECT * FROM "Nowhere"`),
  "a word that a CHECK refuses": (db) =>
    failure(db.client.create({ data: { name: "Acme", meetingBookingProvider: "PIGEON" } })),
  "a row that is not found": (db) => failure(db.client.findUniqueOrThrow({ where: { id: "nobody" } })),
  "a statement that took too long for its own limit": (db) =>
    failure(
      db.$transaction([db.$executeRaw`SET LOCAL statement_timeout = 20`, db.$queryRaw`SELECT pg_sleep(1)::text`]),
    ),
  "a provider that cannot be reached": async () => {
    const cause = await failure(fetch(`http://127.0.0.1:${await findClosedPort()}`));
    expect(isDatabaseUnavailable(cause)).toBe(true);
    return new ProviderError("GHL could not be reached", { kind: "transient", cause });
  },
  "an error that causes itself": async () => {
    const error = new Error("round and round");
    error.cause = error;
    return error;
  },
  "something that is no error": async () => "57P01",
  nothing: async () => undefined,
};

/** Milliseconds: longer than anybody waits for a free connection. */
const HELD_LONG = { timeout: 15_000 };
const LEASE_ROW = { key: "twin", owner: "somebody", fence: 1n, expiresAt: new Date() };

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

describe("the database is unavailable", () => {
  it.concurrent.each(Object.entries(UNAVAILABLE))("after %s", async (_, fail) => {
    const error = await fail(database);
    expect(isDatabaseUnavailable(error), String(error)).toBe(true);
  });
});

describe("the database is there", () => {
  it.each(Object.entries(AVAILABLE))("after %s", async (_, fail) => {
    const error = await fail(db);
    expect(isDatabaseUnavailable(error), String(error)).toBe(false);
  });
});

function withUrl({ url }: TestDatabase, change: Partial<URL>): string {
  return Object.assign(new URL(url), change).toString();
}

function failureAt(url: string): Promise<unknown> {
  return failureOf(url, (unreachable) => unreachable.client.count());
}

async function failureOf(
  url: string,
  work: (db: Db) => Promise<unknown>,
  options: { poolSizeMax?: number } = {},
): Promise<unknown> {
  const own = createDb(url, options);
  try {
    return await failure(work(own));
  } finally {
    await own.$disconnect();
  }
}

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error("it did not fail");
    },
    (error: unknown) => error,
  );
}

/** A port that was free a moment ago. */
async function findClosedPort(): Promise<number> {
  const { port, close } = await listenInSilence();
  close();
  return port;
}

async function listenInSilence(): Promise<{ port: number; close(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((socket) => sockets.add(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: address.port, close };
}
