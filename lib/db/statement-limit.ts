import type { Tx } from "./client";

/**
 * Ends every further statement of this transaction that takes longer than `ms`. Local to the transaction, so that it
 * works behind a pooler; `SET LOCAL` takes no parameter.
 */
export async function limitStatements(tx: Tx, ms: number): Promise<void> {
  await tx.$queryRaw`SELECT set_config('statement_timeout', ${String(Math.ceil(ms))}, true)`;
}
