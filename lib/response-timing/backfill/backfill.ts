import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { describeError } from "@/lib/core/errors";
import { SECOND_MS, sleep } from "@/lib/core/time";
import type { BackfillLedger } from "@/lib/db/backfill-ledger";
import { type PageOptions, turnTimingPage } from "./page";

export interface TimingBackfillParams extends PageOptions {
  /** What the books call the walk. */
  unit: string;
}

export interface TimingBackfillEnd {
  /** Every thread was dealt with. */
  complete: boolean;
  /** What kept it from its end that waiting does not mend; sentences for people. */
  obstacles: string[];
}

/** How often a page is tried again while somebody else has one of its rows in hand. */
const HELD_LOOK_EVERY_MS = 200;

/**
 * Makes the events of all threads true that may have some inside the lookback, thread by thread in the order of their
 * leads: each once in a run, however many pages or processes it takes. A page, its events and the cursor are one
 * transaction, so that it can be stopped at any moment and taken up by another process. What changes in a thread that
 * was dealt with already is the cron's.
 */
export async function backfillResponseTiming(
  params: TimingBackfillParams,
  ledger: BackfillLedger,
  monitor: BackfillMonitor,
): Promise<TimingBackfillEnd> {
  const startedMs = performance.now();
  let heldSinceMs: number | null = null;
  let { done } = await ledger.readUnit(params.unit);
  while (!done) {
    if (monitor.stop.aborted) return { complete: false, obstacles: [] };
    const { page, after } = await turn(params, ledger);
    done = after.done;
    await monitor.booked();
    if (page.outcome === "held") {
      heldSinceMs ??= performance.now();
      const heldForMs = performance.now() - heldSinceMs;
      if (heldForMs > params.statementTimeoutMs) return { complete: false, obstacles: [describeHeld(page.unfinished)] };
      await sleep(HELD_LOOK_EVERY_MS, monitor.stop).catch(() => {});
      continue;
    }
    heldSinceMs = null;
    if (page.outcome === "nothing_left") continue;
    monitor.say(describeBatch(page.processed, after.counts, performance.now() - startedMs));
  }
  return { complete: true, obstacles: [] };
}

async function turn(params: TimingBackfillParams, ledger: BackfillLedger) {
  try {
    return await turnTimingPage(ledger, params.unit, params);
  } catch (error) {
    const hint =
      "Nothing of the batch was written. A smaller --batch-size makes its statements shorter; --resume goes on.";
    throw new Error(`A batch failed: ${describeError(error)} ${hint}`, { cause: error });
  }
}

/** The totals are the run's, whoever worked on it; the time is this process's. */
function describeBatch(processed: number, totals: Record<string, number>, elapsedMs: number): string {
  const seconds = (elapsedMs / SECOND_MS).toFixed(1);
  return `[batch ${totals["batches"] ?? 0}] processed ${processed}, total so far ${totals["processed"] ?? 0}, elapsed ${seconds}s`;
}

function describeHeld(unfinished: number): string {
  return `Another transaction has held rows of ${unfinished} threads for too long; end it, then use --resume.`;
}
