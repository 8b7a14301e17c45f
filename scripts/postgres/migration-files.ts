import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { MigrationDirectory, MigrationList, SchemaContainer } from "@prisma/schema-engine-wasm/schema_engine_bg";

const PRISMA_FOLDER = fileURLToPath(new URL("../../prisma", import.meta.url));

/** The migrations in a folder laid out as Prisma does it, by default the project's own, in the order of their names. */
export async function readMigrations(folder = path.join(PRISMA_FOLDER, "migrations")): Promise<MigrationList> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const lockfile = "migration_lock.toml";
  return {
    baseDir: folder,
    lockfile: { path: lockfile, content: await readFile(path.join(folder, lockfile), "utf8") },
    shadowDbInitScript: "",
    migrationDirectories: await Promise.all(names.sort().map((name) => readMigration(folder, name))),
  };
}

async function readMigration(folder: string, name: string): Promise<MigrationDirectory> {
  const file = "migration.sql";
  const value = await readFile(path.join(folder, name, file), "utf8");
  return { path: name, migrationFile: { path: file, content: { tag: "ok", value } } };
}

/** `prisma/schema.prisma`, as the schema engine takes it. */
export async function readDatamodel(): Promise<SchemaContainer> {
  const file = path.join(PRISMA_FOLDER, "schema.prisma");
  const content = await readFile(file, "utf8");
  return { path: file, content };
}
