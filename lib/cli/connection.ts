import { describeError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import type { Env } from "@/lib/env";
import { DatabaseNotReadyError } from "./exit";
import { UsageError } from "./flags";
import { tell } from "./output";

/** Over which of the environment's connections a command works, and how long it waits for a statement's answer. */
export interface ConnectionDemands {
  /** Whether a pooler will do where there is no direct connection, or none that answers. */
  allowPooler: boolean;
  statementTimeoutMs: number;
}

/** The database ends a statement that takes too long, and says so: its answer is waited for this much longer. */
const ANSWER_MARGIN_MS = 5_000;

/** Where to connect to, and how long to wait there. */
export interface Connection {
  url: string;
  queryTimeoutMs?: number;
}

/**
 * Opens a connection by the first of the addresses that answers: `DATABASE_URL` for commands that demand nothing,
 * `DIRECT_URL` for the others, and the pooler after it where that is allowed.
 *
 * @throws UsageError, DatabaseNotReadyError, or what `open` threw
 */
export async function openConnection<T>(
  env: Env,
  demands: ConnectionDemands | null,
  open: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (demands === null) return open({ url: pooled(env) });
  const queryTimeoutMs = demands.statementTimeoutMs + ANSWER_MARGIN_MS;
  const direct = env.DIRECT_URL;
  if (direct === undefined) {
    if (demands.allowPooler) return open({ url: pooled(env), queryTimeoutMs });
    throw new UsageError(
      "DIRECT_URL is not set. It names the database past any pooler; --allow-pooler does without it.",
    );
  }
  try {
    return await open({ url: direct, queryTimeoutMs });
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    const why = `DIRECT_URL does not answer: ${describeError(error)}`;
    if (!demands.allowPooler) throw new DatabaseNotReadyError(`${why}\n--allow-pooler goes on over DATABASE_URL.`);
    const url = pooled(env);
    tell(`${why}\nGoing on over DATABASE_URL, as --allow-pooler allows.`);
    return open({ url, queryTimeoutMs });
  }
}

function pooled({ DATABASE_URL }: Env): string {
  if (DATABASE_URL !== undefined) return DATABASE_URL;
  throw new DatabaseNotReadyError("DATABASE_URL is not set. It names the database to work on.");
}
