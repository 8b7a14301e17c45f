import { TRANSACTION_LIMITS } from "@/lib/db/client";
import { limitStatements } from "@/lib/db/statement-limit";
import type { TimingDeps, TimingScope } from "./deps";
import type { ThreadKey, ThreadPart } from "./records";
import { removeChanges, type TakenChanges, takeChanges } from "./store/queue";
import { type Recomputation, recomputeThreads } from "./store/recompute";
import { lockThreads } from "./store/thread-locks";

/** What became of one stretch of the queue. */
export interface Batch {
  /** How far the queue was read; null where nothing was left. */
  readTo: bigint | null;
  /** Threads whose events are true now. */
  processed: number;
  /** Entries that are done with. */
  removed: number;
  rows: Recomputation;
}

/** Which stretch of the queue, and how long each statement may take. */
export interface BatchOptions {
  after: bigint;
  threadsMax: number;
  statementMs: number;
}

/**
 * One transaction: takes changed threads from the queue, locks them, recomputes them in a later statement, and removes
 * their entries. All of it happens, or none. Threads that others have are left in the queue.
 */
export async function processBatch(deps: TimingDeps, scope: TimingScope, options: BatchOptions): Promise<Batch> {
  return deps.db.$transaction(async (tx) => {
    await limitStatements(tx, options.statementMs);
    const taken = await takeChanges(tx, { clientId: scope.clientId, after: options.after }, options.threadsMax);
    await deps.onStep?.("changes_taken");
    const { locked, homes } = await lockThreads(tx, taken.threads, "try");
    await deps.onStep?.("threads_locked");
    const rows = await recomputeThreads(tx, [...partsOf(taken, locked), ...homes], scope.since);
    await deps.onStep?.("threads_recomputed");
    const unfinished = new Set(rows.unfinished.map(nameThread));
    const finished = new Set(locked.map(nameThread).filter((name) => !unfinished.has(name)));
    const removed = idsDoneWith(taken, finished);
    await removeChanges(tx, removed);
    await deps.onStep?.("changes_removed");
    return { readTo: taken.readTo, processed: finished.size, removed: removed.length, rows };
  }, TRANSACTION_LIMITS);
}

/** Of the threads that this batch may recompute, what their changes leave to be derived again. */
function partsOf({ threads }: TakenChanges, locked: readonly ThreadKey[]): ThreadPart[] {
  const names = new Set(locked.map(nameThread));
  return threads.filter((thread) => names.has(nameThread(thread)));
}

function idsDoneWith({ threads, voidIds }: TakenChanges, finished: ReadonlySet<string>): bigint[] {
  const ofFinished = threads.filter((thread) => finished.has(nameThread(thread)));
  return [...voidIds, ...ofFinished.flatMap(({ ids }) => ids)];
}

/** No lead's id and channel make the name of another's. */
export function nameThread({ leadId, channel }: ThreadKey): string {
  return JSON.stringify([leadId, channel]);
}
