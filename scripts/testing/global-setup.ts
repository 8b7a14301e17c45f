import { randomBytes } from "node:crypto";
import { escapeIdentifier } from "pg";
import type { TestProject } from "vitest/node";
import { applyMigrations } from "../postgres/migrations";
import { type Pooler, startPooler } from "../postgres/pooler";
import { acquireDatabaseServer } from "../postgres/server";
import { withPg } from "./pg";
import { type TestServer, urlOfDatabase } from "./test-server";

/**
 * Before the first test: a server, and on it a migrated database that tests copy. After the last: whatever databases
 * the run has made are dropped, also those of tests that failed to.
 */
export default async function setUpTestServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await acquireDatabaseServer({ settings: SERVER_SETTINGS });
  const prefix = `leadline_test_${randomBytes(4).toString("hex")}_`;
  const testServer: TestServer = { url: server.url, poolerUrl: null, prefix, template: `${prefix}template` };
  let pooler: Pooler | null = null;
  try {
    await createTemplate(testServer);
    if (process.env[POOLER_VARIABLE] === "pgbouncer") pooler = await startPooler(server.url);
    testServer.poolerUrl = pooler?.url ?? null;
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("testServer", testServer);
  return async () => {
    await dropDatabases(testServer);
    await pooler?.stop();
    await server.stop();
  };
}

/**
 * `pgbouncer`: the tests' databases are reached through an installed PgBouncer in transaction mode. `LEADLINE_POSTGRES_BIN`
 * beside it names the `bin` folder of another PostgreSQL than the embedded one.
 */
const POOLER_VARIABLE = "LEADLINE_TEST_POOLER";

/** Test files run beside each other, each with pools and races of its own. The rest is the embedded default. */
const SERVER_SETTINGS = { max_connections: "300" };

async function createTemplate({ url, template }: TestServer): Promise<void> {
  await withPg(url, (client) => client.query(`CREATE DATABASE ${escapeIdentifier(template)}`));
  await applyMigrations(urlOfDatabase(url, template));
}

async function dropDatabases({ url, prefix }: TestServer): Promise<void> {
  await withPg(url, async (client) => {
    const query = "SELECT datname FROM pg_database WHERE starts_with(datname, $1)";
    const { rows } = await client.query<{ datname: string }>(query, [prefix]);
    for (const { datname } of rows) {
      await client.query(`DROP DATABASE IF EXISTS ${escapeIdentifier(datname)} WITH (FORCE)`);
    }
  });
}
