import { randomBytes } from "node:crypto";
import { escapeIdentifier } from "pg";
import type { TestProject } from "vitest/node";
import { applyMigrations } from "../postgres/migrations";
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
  const testServer = { url: server.url, prefix, template: `${prefix}template` };
  try {
    await createTemplate(testServer);
  } catch (error) {
    await server.stop();
    throw error;
  }
  project.provide("testServer", testServer);
  return async () => {
    await dropDatabases(testServer);
    await server.stop();
  };
}

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
