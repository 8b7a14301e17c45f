import { randomBytes } from "node:crypto";
import { escapeIdentifier } from "pg";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";
import { withPg } from "../testing/pg";
import type { Teardown } from "./command";

/**
 * A migrated, empty database of its own, on the server of `DATABASE_URL` or on an embedded one; dropped at the end.
 *
 * Nothing is put into a database that was there before: sample workspaces do not belong among real ones, and real ones
 * must not be asked about at a sandbox.
 */
export async function createOwnDatabase(teardown: Teardown): Promise<{ url: string; name: string }> {
  const server = await acquireDatabaseServer();
  teardown.add(() => server.stop());
  const name = `leadline_sample_${randomBytes(6).toString("hex")}`;
  const execute = (sql: string) => withPg(server.url, (client) => client.query(sql));
  await execute(`CREATE DATABASE ${escapeIdentifier(name)}`);
  teardown.add(async () => {
    await execute(`DROP DATABASE IF EXISTS ${escapeIdentifier(name)} WITH (FORCE)`);
  });
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  await applyMigrations(url.toString());
  return { url: url.toString(), name };
}
