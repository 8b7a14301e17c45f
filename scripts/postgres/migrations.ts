import type { DiffTarget, MigrationList, SchemaEngine } from "@prisma/schema-engine-wasm/schema_engine_bg";
import { Pool } from "pg";
import { describeError } from "@/lib/core/errors";
import { withDeployLock } from "./deploy-lock";
import { readDatamodel, readMigrations } from "./migration-files";
import { NOTHING_EXTERNAL, withSchemaEngine } from "./schema-engine";

/** A migration failed, now or in an earlier run, or the history is not one that can be gone on with. */
export class MigrationFailedError extends Error {
  override readonly name = "MigrationFailedError";
}

/**
 * Brings a database up to date with the migrations, by default the project's, and returns the names of those it
 * applied, in order. The history is the one that `prisma migrate deploy` keeps. Of two at once the second waits and finds
 * nothing left to do. A migration is applied whole or not at all.
 *
 * Throws `DatabaseUnreachableError` or `MigrationFailedError`.
 */
export async function applyMigrations(connectionString: string, migrations?: MigrationList): Promise<string[]> {
  const migrationsList = migrations ?? (await readMigrations());
  return withDeployLock(connectionString, () =>
    withEngineOn(connectionString, async (engine) => {
      try {
        return (await engine.applyMigrations({ migrationsList, filters: NOTHING_EXTERNAL })).appliedMigrationNames;
      } catch (error) {
        throw await explainFailure(engine, migrationsList, error);
      }
    }),
  );
}

/**
 * The SQL that takes a migrated database to `schema.prisma`; empty where there is nothing to do. What Prisma cannot
 * express (CHECKs, partial and expression indexes) is left out of the comparison.
 */
export async function diffToDatamodel(connectionString: string): Promise<string> {
  const datamodel = await readDatamodel();
  const files = [datamodel];
  return withEngineOn(connectionString, async (engine) => {
    const from: DiffTarget = { tag: "schemaDatasource", files, configDir: "" };
    return diff(engine, from, { tag: "schemaDatamodel", files });
  });
}

/** These the engine can read but `schema.prisma` cannot say (NULLS FIRST): it would drop them. */
const INDEXES_BEYOND_PRISMA = ["Client_reconcile_turn_idx"];

async function diff(engine: SchemaEngine, from: DiffTarget, to: DiffTarget): Promise<string> {
  const { stdout } = await engine.diff({ from, to, script: true, exitCode: null, filters: NOTHING_EXTERNAL });
  const dropped = INDEXES_BEYOND_PRISMA.map((name) => `-- DropIndex\nDROP INDEX "${name}";\n`);
  const sql = dropped.reduce((rest, statement) => rest.replace(statement, ""), stdout ?? "").trim();
  return sql === EMPTY_DIFF ? "" : sql;
}

const EMPTY_DIFF = "-- This is an empty migration.";

async function withEngineOn<T>(connectionString: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> {
  // One connection, kept while idle: the engine's own lock is the session's.
  const pool = new Pool({ connectionString, max: 1, idleTimeoutMillis: 0 });
  try {
    return await withSchemaEngine(pool, work);
  } finally {
    await pool.end();
  }
}

async function explainFailure(engine: SchemaEngine, migrationsList: MigrationList, error: unknown): Promise<Error> {
  // The engine's own stack trace, in lines that begin with a number, is of no use to whoever deploys.
  const reason = describeError(error).split(/\n\s+\d+: /)[0];
  const query = { migrationsList, optInToShadowDatabase: false, filters: NOTHING_EXTERNAL };
  // Where the database went away there is no history to read, and the reason says it all.
  const history = await engine.diagnoseMigrationHistory(query).catch(() => null);
  const failedMigrationNames = history?.failedMigrationNames ?? [];
  if (failedMigrationNames.length === 0) return new MigrationFailedError(`migrations failed: ${reason}`);
  const names = failedMigrationNames.join(", ");
  const advice = "Nothing is applied until `npx prisma migrate resolve` is told whether its changes are there.";
  return new MigrationFailedError(`${names} failed: ${reason}\n${advice}`);
}
