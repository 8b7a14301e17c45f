import { EventEmitter, once } from "node:events";
import type { MigrationDirectory, MigrationList } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createBareDatabase, type TestDatabase } from "../testing/database";
import { withPg } from "../testing/pg";
import { withDeployLock } from "./deploy-lock";
import { readMigrations } from "./migration-files";
import { applyMigrations, MigrationFailedError } from "./migrations";

let database: TestDatabase;

beforeEach(async () => {
  database = await createBareDatabase();
});

afterEach(() => database.drop());

describe("applying migrations", () => {
  it("applies the project's own in the order of their names, once", async () => {
    const names = (await readMigrations()).migrationDirectories.map(({ path }) => path);
    expect(names).toEqual([...names].sort());
    expect(await applyMigrations(database.url)).toEqual(names);
    expect(await applyMigrations(database.url)).toEqual([]);
    expect(await select("SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL")).toEqual(names);
  });

  it("applies each once when two deploys run at the same time", async () => {
    const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(database.url)));
    expect(applied.flat()).toEqual((await readMigrations()).migrationDirectories.map(({ path }) => path));
  });

  it("waits while another deploy runs, and touches nothing before", async () => {
    const end = new EventEmitter();
    const other = withDeployLock(database.url, () => once(end, "other deploy"));
    await vi.waitUntil(async () => (await select(LOCKS)).includes(true));
    const deploy = applyMigrations(database.url);
    await vi.waitUntil(async () => (await select(LOCKS)).includes(false));
    expect(await select("SELECT to_regclass('_prisma_migrations')")).toEqual([null]);
    end.emit("other deploy");
    await other;
    expect(await deploy).toHaveLength((await readMigrations()).migrationDirectories.length);
  });

  it("takes a script as PostgreSQL does, semicolons inside functions, texts and comments included", async () => {
    const body = "BEGIN PERFORM 1; RETURN 'a;b'; END;";
    const script = `-- first; then\nCREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $$ ${body} $$;\nCREATE TABLE t ();`;
    await applyMigrations(database.url, await listOf(migration("1_function", script)));
    expect(await select("SELECT f()")).toEqual(["a;b"]);
  });

  it("leaves nothing of a migration that fails, names it, and applies nothing more", async () => {
    const broken = migration("2_broken", "CREATE TABLE half (); SELECT 1 / 0;");
    const list = await listOf(migration("1_good", "CREATE TABLE whole ();"), broken, migration("3_next", "SELECT 1;"));
    const deploy = applyMigrations(database.url, list);
    await expect(deploy).rejects.toThrow(MigrationFailedError);
    await expect(deploy).rejects.toThrow(/2_broken failed: .*division by zero/s);
    expect(await select("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")).toEqual([
      "_prisma_migrations",
      "whole",
    ]);
    await expect(applyMigrations(database.url, list)).rejects.toThrow(/2_broken failed/);
    expect(await select("SELECT migration_name FROM _prisma_migrations ORDER BY started_at")).toEqual([
      "1_good",
      "2_broken",
    ]);
  });

  it("refuses a database that has tables and no history", async () => {
    await select("CREATE TABLE somebody_elses ()");
    await expect(applyMigrations(database.url)).rejects.toThrow(/not empty/);
  });
});

/** Whether each advisory lock on the database is held or waited for. */
const LOCKS = `SELECT granted FROM pg_locks
  WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

async function listOf(...migrationDirectories: MigrationDirectory[]): Promise<MigrationList> {
  return { ...(await readMigrations()), migrationDirectories };
}

function migration(name: string, value: string): MigrationDirectory {
  return { path: name, migrationFile: { path: "migration.sql", content: { tag: "ok", value } } };
}

/** The first column of a query's rows. */
async function select(query: string): Promise<unknown[]> {
  return withPg(database.url, async (client) => {
    const { rows } = await client.query({ text: query, rowMode: "array" });
    return rows.map((row) => row[0]);
  });
}
