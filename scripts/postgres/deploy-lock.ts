import { Client, DatabaseError } from "pg";
import { describeError } from "@/lib/core/errors";
import { SECOND_MS } from "@/lib/core/time";

/** The database could not be opened. The message names its host and never a password. */
export class DatabaseUnreachableError extends Error {
  override readonly name = "DatabaseUnreachableError";
}

/**
 * Runs `work` while no other deploy runs on the same database; whoever comes second waits. The schema engine has a lock
 * of its own, but waits for it no longer than ten seconds, and a migration may well take longer.
 *
 * The lock is a transaction's and not a session's: poolers hand sessions on with the locks that they hold.
 * Throws `DatabaseUnreachableError`, and an error that says so when the other deploy does not end.
 */
export async function withDeployLock<T>(connectionString: string, work: () => Promise<T>): Promise<T> {
  const client = await connect(connectionString);
  try {
    await takeLock(client);
    return await work();
  } finally {
    // Ending the connection ends the transaction, and with it the lock.
    await client.end();
  }
}

/** How long a connection may take: a sleeping hosted database needs seconds to wake. */
const CONNECT_MAX_MS = 15 * SECOND_MS;

async function connect(connectionString: string): Promise<Client> {
  const client = new Client({ connectionString, connectionTimeoutMillis: CONNECT_MAX_MS });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    const host = URL.canParse(connectionString) ? new URL(connectionString).host : "(not a URL)";
    throw new DatabaseUnreachableError(`cannot open the database at ${host}: ${nameCause(error)}`);
  }
}

/** A refusal by several addresses of one host has no message of its own. */
function nameCause(error: unknown): string {
  if (error instanceof AggregateError && error.message === "") return error.errors.map(describeError).join("; ");
  return describeError(error);
}

/** Any number will do that no other program uses for an advisory lock on this database. */
const DEPLOY_LOCK_KEY = 5_323_463;

/** How long to wait for another deploy: building an index on a large table takes minutes. */
const LOCK_WAIT_MAX = "15min";

async function takeLock(client: Client): Promise<void> {
  // The transaction stays idle while `work` runs; that is meant, and must not end it.
  await client.query("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0");
  await client.query(`SET LOCAL lock_timeout = '${LOCK_WAIT_MAX}'`);
  try {
    await client.query("SELECT pg_advisory_xact_lock($1)", [DEPLOY_LOCK_KEY]);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== LOCK_NOT_AVAILABLE) throw error;
    throw new Error(`another deploy has been running on this database for more than ${LOCK_WAIT_MAX}`);
  }
}

/** SQLSTATE of a wait that `lock_timeout` ended. */
const LOCK_NOT_AVAILABLE = "55P03";
