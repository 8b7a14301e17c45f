import { describeError } from "@/lib/core/errors";
import { type Deadline, sleep } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { type Batch, processBatch } from "./batch";
import type { TimingDeps, TimingScope } from "./deps";
import { FIRST_BATCH_THREADS, nextBatchThreads } from "./rules/pace";
import { limitLookback } from "./store/marks";
import { peekChanges } from "./store/queue";
import { countRows, type Tally } from "./tally";

/** A thread of any size gets this long, also from a run with a shorter budget: else it would never be done. */
const STATEMENT_MS_MIN = 5_000;
/** Well below the limit of a transaction, so that the statement is what gives up, and says so. */
const STATEMENT_MS_MAX = 15_000;

/** Another run's transaction takes milliseconds: pauses that grow, 1.5 s in all. Whoever has a thread for longer keeps it. */
const PAUSES_MS = [20, 40, 80, 160, 320, 880];

/** How a run leaves the queue. */
export type Drained = "empty" | "left_to_others" | "out_of_time";

/** Works through the queue until nothing is left in it that this run can do. */
export class Drain {
  /** The latest event that was written. */
  latestInboundSentAt: Date | null = null;
  private threadsMax: number;
  private failedInPass = 0;

  constructor(
    private readonly deps: TimingDeps,
    private readonly scope: TimingScope,
    private readonly tally: Tally,
    private readonly deadline: Deadline,
  ) {
    this.threadsMax = Math.min(FIRST_BATCH_THREADS, scope.batchSize);
  }

  /**
   * Goes through the queue again and again: entries appear behind the place where it reads, and threads that somebody
   * has in hand come free. What others keep for longer is `skipped`.
   */
  async run(): Promise<Drained> {
    const { deps, scope, deadline } = this;
    let pauses = 0;
    for (;;) {
      const left = await peekChanges(deps.db, { clientId: scope.clientId, after: 0n }, scope.batchSize);
      if (left.readTo === null) return "empty";
      if (deadline.passed()) return "out_of_time";
      await limitLookback(deps.db, scope.clientId, scope.lookbackDays);
      if (await this.runPass()) {
        pauses = 0;
        continue;
      }
      if (deadline.passed()) return "out_of_time";
      const leftToOthers = left.threads.length - this.failedInPass;
      const pauseMs = PAUSES_MS[pauses++];
      if (leftToOthers <= 0 || pauseMs === undefined) {
        this.tally.failed += this.failedInPass;
        this.tally.skipped += Math.max(0, leftToOthers);
        return "left_to_others";
      }
      await sleep(pauseMs, deadline.signal).catch(() => {});
    }
  }

  /** From the head of the queue to its end. Returns whether anything was done. */
  private async runPass(): Promise<boolean> {
    this.failedInPass = 0;
    let removed = 0;
    let after: bigint | null = 0n;
    while (after !== null && !this.deadline.passed()) {
      const startedMs = performance.now();
      const batch: Batch | "failed" = await this.tryBatch(after);
      if (batch === "failed") {
        after = await this.stepBack(after);
        continue;
      }
      this.count(batch);
      removed += batch.removed;
      after = batch.readTo;
      this.threadsMax = nextBatchThreads({
        ...{ threads: this.threadsMax, tookMs: performance.now() - startedMs },
        ...{ remainingMs: this.deadline.remainingMs(), threadsMax: this.scope.batchSize },
      });
    }
    return removed > 0;
  }

  private async tryBatch(after: bigint): Promise<Batch | "failed"> {
    const { deps, scope, deadline, threadsMax } = this;
    const statementMs = Math.min(STATEMENT_MS_MAX, Math.max(STATEMENT_MS_MIN, deadline.remainingMs()));
    try {
      const batch = await processBatch(deps, scope, { after, threadsMax, statementMs });
      await deps.onStep?.("batch_committed");
      return batch;
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      deps.log.error(
        { threads: threadsMax, after: String(after), err: { message: describeError(error) } },
        "batch failed",
      );
      return "failed";
    }
  }

  /** One bad thread must not keep the others back: after a failure threads go one by one, and one that fails alone is passed. */
  private async stepBack(after: bigint): Promise<bigint | null> {
    if (this.threadsMax > 1) {
      this.threadsMax = 1;
      return after;
    }
    this.failedInPass++;
    const passed = await peekChanges(this.deps.db, { clientId: this.scope.clientId, after }, 1);
    return passed.readTo;
  }

  private count({ processed, rows }: Batch): void {
    this.tally.processed += processed;
    countRows(this.tally, rows);
    const { latestInboundSentAt: latest } = rows;
    if (latest && (!this.latestInboundSentAt || latest > this.latestInboundSentAt)) this.latestInboundSentAt = latest;
  }
}
