import type { BackfillLedger, UnitAdvance, UnitState } from "@/lib/db/backfill-ledger";
import type { Tx } from "@/lib/db/client";
import { type BackfillScope, findThreadPage } from "../store/backfill-threads";
import { type ChangeCounts, countChanges, recomputeThreads } from "../store/recompute";
import { lockThreads } from "../store/thread-locks";
import { readCursor, writeCursor } from "./cursor";

export interface PageOptions extends BackfillScope {
  dryRun: boolean;
  threadsMax: number;
  statementTimeoutMs: number;
}

/** What became of one page. */
export type TimingPage = UnitAdvance &
  /** So many threads were dealt with to which their leads wrote. */
  (
    | { outcome: "dealt_with"; processed: number }
    /** Rows of so many threads are in other hands: the page is to be dealt with again. */
    | { outcome: "held"; unfinished: number }
    /** Another process dealt with the last page while this one waited for its turn. */
    | { outcome: "nothing_left" }
  );

/**
 * Deals with the next page of threads, in one transaction with the books: finds them, locks them as the cron does, and
 * recomputes them in a later statement. In a dry run it counts what that would change.
 */
export async function turnTimingPage(
  ledger: BackfillLedger,
  unit: string,
  options: PageOptions,
): Promise<{ page: TimingPage; after: UnitState }> {
  const { statementTimeoutMs } = options;
  return ledger.turnPage<TimingPage>(unit, { statementTimeoutMs }, async (tx, { cursor, done }) => {
    if (done) return { cursor, done, counts: {}, outcome: "nothing_left" };
    const { threads, end } = await findThreadPage(tx, options, readCursor(cursor), options.threadsMax);
    const rows = options.dryRun ? await rehearse(tx, threads, options) : await recompute(tx, threads, options);
    const { inserted, updated, retracted, unfinished } = rows;
    const changes = { inserted, updated, retracted };
    if (unfinished > 0) return { cursor, done: false, counts: changes, outcome: "held", unfinished };
    const processed = threads.filter(({ written }) => written).length;
    const counts = { batches: 1, processed, ...changes };
    const next = end === null ? cursor : writeCursor(end);
    return { cursor: next, done: end === null, counts, outcome: "dealt_with", processed };
  });
}

type PageThreads = Parameters<typeof recomputeThreads>[1];
type PageRows = ChangeCounts & { unfinished: number };

async function recompute(tx: Tx, threads: PageThreads, { since }: PageOptions): Promise<PageRows> {
  // Not only those that are free now: the books will say that all of the page is done.
  const { locked, homes } = await lockThreads(tx, threads, "wait");
  const { inserted, updated, retracted, unfinished } = await recomputeThreads(tx, [...locked, ...homes], since);
  return { inserted, updated, retracted, unfinished: unfinished.length };
}

/** A row that would follow its message to another thread is counted there alone, since nothing is written here. */
async function rehearse(tx: Tx, threads: PageThreads, { since }: PageOptions): Promise<PageRows> {
  return { ...(await countChanges(tx, threads, since)), unfinished: 0 };
}
