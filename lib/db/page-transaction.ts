import { type Db, TRANSACTION_LIMITS, type Tx } from "./client";
import { limitStatements } from "./statement-limit";

/** How much time a page of a backfill may take. */
export interface PageLimits {
  /** Each statement's share. */
  statementTimeoutMs: number;
}

/** A page takes a handful of statements; each may take its time, and the transaction as much as all of them. */
const STATEMENTS_PER_PAGE_MAX = 8;

/** Turns a page in one transaction: all of what `work` writes is there afterwards, or none. */
export async function turningPage<T>(db: Db, limits: PageLimits, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await limitStatements(tx, limits.statementTimeoutMs);
    return work(tx);
  }, timeLimits(limits));
}

/** The same for a rehearsal: the database itself refuses whatever would write. */
export async function rehearsingPage<T>(db: Db, limits: PageLimits, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    await tx.$executeRaw`SET TRANSACTION READ ONLY`;
    await limitStatements(tx, limits.statementTimeoutMs);
    return work(tx);
  }, timeLimits(limits));
}

function timeLimits({ statementTimeoutMs }: PageLimits) {
  return { maxWait: TRANSACTION_LIMITS.maxWait, timeout: STATEMENTS_PER_PAGE_MAX * statementTimeoutMs };
}
