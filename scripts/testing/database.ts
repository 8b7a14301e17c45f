import { randomBytes } from "node:crypto";
import pRetry from "p-retry";
import { DatabaseError, escapeIdentifier } from "pg";
import { inject } from "vitest";
import { withPg } from "./pg";
import { urlOfDatabase } from "./test-server";

export interface TestDatabase {
  readonly url: string;
  /** Drops the database, whoever is still connected to it. */
  drop(): Promise<void>;
}

/** A database of its own for a test file or a test: migrated, empty, and gone with the run at the latest. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { template, poolerUrl, url } = inject("testServer");
  return createCopy(template, poolerUrl ?? url);
}

/** The same without tables, for tests of the migrations themselves. */
export async function createBareDatabase(): Promise<TestDatabase> {
  return createCopy("template0", inject("testServer").url);
}

async function createCopy(template: string, reachedBy: string): Promise<TestDatabase> {
  const server = inject("testServer");
  const name = `${server.prefix}${randomBytes(6).toString("hex")}`;
  const execute = (sql: string) => withPg(server.url, (client) => client.query(sql));
  await pRetry(() => execute(`CREATE DATABASE ${escapeIdentifier(name)} TEMPLATE ${escapeIdentifier(template)}`), {
    ...TEMPLATE_IN_USE_RETRIES,
    shouldRetry: ({ error }) => error instanceof DatabaseError && error.code === OBJECT_IN_USE,
  });
  return {
    url: urlOfDatabase(reachedBy, name),
    drop: async () => {
      await execute(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}

/** SQLSTATE of "source database is being accessed by other users". */
const OBJECT_IN_USE = "55006";

/** PostgreSQL itself waits 5 s for autovacuum and the like to leave the template; on a loaded machine that is short. */
const TEMPLATE_IN_USE_RETRIES = { retries: 6, minTimeout: 100, randomize: true };
