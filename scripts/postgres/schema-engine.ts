import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  bindMigrationAwareSqlAdapterFactory,
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import * as bindings from "@prisma/schema-engine-wasm/schema_engine_bg";
import type { Pool } from "pg";

/** No table or type of the database is out of the engine's care. */
export const NOTHING_EXTERNAL: bindings.SchemaFilter = { externalTables: [], externalEnums: [] };

/**
 * Lends `work` Prisma's schema engine on a pool. It is the engine of `prisma migrate`, as WebAssembly: the native one
 * would be downloaded at the first command.
 *
 * The engine takes an advisory lock of the session when it applies migrations and gives it back by disconnecting: the
 * pool has to hold one connection, keep it while it is idle, and be ended by the caller.
 */
export async function withSchemaEngine<T>(pool: Pool, work: (engine: bindings.SchemaEngine) => Promise<T>): Promise<T> {
  await instantiateOnce();
  const adapters = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(pool));
  const engine = await bindings.SchemaEngine.new({ datamodels: undefined }, () => undefined, adapters);
  try {
    return await work(engine);
  } finally {
    engine.free();
  }
}

function createAdapterFactory(pool: Pool): SqlMigrationAwareDriverAdapterFactory {
  const prismaPg = new PrismaPg(pool);
  return {
    provider: prismaPg.provider,
    adapterName: prismaPg.adapterName,
    connect: async () => mendAdapter(await prismaPg.connect()),
    // Prisma's own would run in the very database that the connection string names, which the engine then empties.
    connectToShadowDb: () => Promise.reject(new Error("the schema engine is used without a shadow database")),
  };
}

/** Prisma's adapter falls short of the schema engine in two places. */
function mendAdapter(adapter: SqlDriverAdapter): SqlDriverAdapter {
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (query) => markSingleCharacters(await queryRaw(castSingleCharacters(query)));
  // It cuts scripts at every semicolon, in function bodies and comments too, and runs the pieces one by one. Sent
  // whole, without parameters, PostgreSQL runs a script as one transaction: all of a migration or nothing.
  adapter.executeScript = async (sql) => {
    await adapter.executeRaw({ sql, args: [], argTypes: [] });
  };
  return adapter;
}

/** The catalog columns of PostgreSQL's type "char" that the engine asks for and Prisma's adapter refuses to read. */
const SINGLE_CHARACTER_COLUMNS = ["constraint_type", "confdeltype", "confupdtype"];

function castSingleCharacters(query: SqlQuery): SqlQuery {
  const sql = query.sql
    .replace("constr.contype AS constraint_type", "constr.contype::text AS constraint_type")
    .replace("con.confdeltype,", "con.confdeltype::text,")
    .replace("con.confupdtype,", "con.confupdtype::text,");
  return { ...query, sql };
}

function markSingleCharacters(result: SqlResultSet): SqlResultSet {
  const columnTypes = result.columnTypes.map((type, index) =>
    SINGLE_CHARACTER_COLUMNS.includes(result.columnNames[index] ?? "") ? ColumnTypeEnum.Character : type,
  );
  return { ...result, columnTypes };
}

let instantiated: Promise<void> | undefined;

function instantiateOnce(): Promise<void> {
  instantiated ??= instantiate();
  return instantiated;
}

/** The package's own loader imports the .wasm file as a module, which Node 20 does not do. */
async function instantiate(): Promise<void> {
  const loader = createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm");
  const program = await readFile(loader.replace(/\.js$/, "_bg.wasm"));
  const { instance } = await WebAssembly.instantiate(program, { "./schema_engine_bg.js": engineImports() });
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: { set_message: throwPanic } });
  bindings.__wbg_set_wasm(instance.exports);
  const start = instance.exports["__wbindgen_start"];
  if (typeof start === "function") start();
}

/** The engine lets its time limit for a lock run on after it has the lock: that must not keep the process waiting. */
function engineImports(): WebAssembly.ModuleImports {
  const setIdleTimeout = (callback: () => void, ms: number) => setTimeout(callback, ms).unref();
  const imports = Object.entries(bindings).map(([name, value]) =>
    name.startsWith("__wbg_setTimeout_") ? [name, setIdleTimeout] : [name, value],
  );
  return Object.fromEntries(imports);
}

function throwPanic(message: string): never {
  throw new Error(`Prisma's schema engine gave up: ${message}`);
}
