import { PrismaPg } from "@prisma/adapter-pg";
import { Client, type ClientConfig } from "pg";
import { type Prisma, PrismaClient } from "@/prisma/generated/client";

export type Db = PrismaClient;
/** A client inside an interactive transaction. */
export type Tx = Prisma.TransactionClient;
/** For statements that may run in a transaction or on their own. */
export type DbOrTx = Db | Tx;

/** A database that answers at all does so well within this; one that does not must not eat a run's budget. */
const CONNECT_TIMEOUT_MS = 5_000;
/** The longest statement here takes well under a second. One that takes this long hangs on a dead connection. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** A run works on a few workspaces with a few leads each; more connections only queue in the database. */
const POOL_SIZE_MAX = 10;

export interface DbOptions {
  poolSizeMax?: number;
  /** How long to wait for a statement's answer; longer than the database itself lets statements take. */
  queryTimeoutMs?: number;
  /** Hears every statement that is sent to the database. */
  onStatement?: (sql: string) => void;
}

/** Opens a pool on `url`, which may be a pooler in transaction mode: nothing here relies on a session. */
export function createDb(url: string, options: DbOptions = {}): Db {
  const adapter = new PrismaPg({
    connectionString: url,
    Client: HeardClient,
    max: options.poolSizeMax ?? POOL_SIZE_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: options.queryTimeoutMs ?? STATEMENT_TIMEOUT_MS,
  });
  if (!options.onStatement) return new PrismaClient({ adapter });
  const { onStatement } = options;
  const db = new PrismaClient({ adapter, log: [{ emit: "event", level: "query" }] });
  db.$on("query", (event) => onStatement(event.query));
  return db;
}

/**
 * A connection whose end never ends the process. A server may close it in the moment in which it is handed out, when
 * neither the pool nor Prisma listens, and an error that nobody hears is fatal. Its next statement says what happened.
 */
class HeardClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    this.on("error", () => undefined);
  }
}

/** Waiting for a connection, and for the whole of a short transaction. No transaction here spans a provider's call. */
export const TRANSACTION_LIMITS = { maxWait: 10_000, timeout: 20_000 } as const;
