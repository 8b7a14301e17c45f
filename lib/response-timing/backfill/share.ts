import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { describeError } from "@/lib/core/errors";
import { sleep } from "@/lib/core/time";
import { type BackfillLedger, EVERY_WORKSPACE } from "@/lib/db/backfill-ledger";
import type { LeadShare } from "../store/thread-locks";
import { type PageOptions, turnTimingPage } from "./page";
import type { Totals } from "./totals";

/** What a share is walked with. */
export interface Walk {
  ledger: BackfillLedger;
  monitor: BackfillMonitor;
  totals: Totals;
  /** Turn no further page. */
  stop: AbortSignal;
}

export interface ShareEnd {
  /** Every thread of the share was dealt with. */
  complete: boolean;
  /** What kept it from its end that waiting does not mend, as a sentence for people; null where nothing did. */
  obstacle: string | null;
}

/**
 * So many are walked at once. The work is the database's, and each keeps one of its processors busy: more than two would
 * be felt by those for whom it is there.
 */
const SHARES_AT_ONCE = 2;

/** All leads, each in one of them. A run's books know them by this division: it cannot change while one is unfinished. */
export const SHARES: readonly LeadShare[] = Array.from({ length: SHARES_AT_ONCE }, (_, index) => ({
  ...{ index, of: SHARES_AT_ONCE },
}));

/** What the books call a share. */
export function unitOf({ index, of }: LeadShare): string {
  return `${EVERY_WORKSPACE} ${index + 1} of ${of}`;
}

/** How often a page is tried again while somebody else has one of its rows in hand. */
const HELD_LOOK_EVERY_MS = 200;

/** Turns the pages of a share, one after the other, until there is none left or it is to stop. */
export async function walkShare(options: PageOptions, { ledger, monitor, totals, stop }: Walk): Promise<ShareEnd> {
  const unit = unitOf(options.share);
  let heldSinceMs: number | null = null;
  let { done } = await ledger.readUnit(unit);
  while (!done) {
    if (stop.aborted) return { complete: false, obstacle: null };
    const { page, after } = await turn(ledger, unit, options);
    done = after.done;
    totals.note(unit, after.counts);
    if (page.outcome === "dealt_with") monitor.say(totals.describeBatch(page.processed));
    await monitor.booked();
    if (page.outcome === "held") {
      heldSinceMs ??= performance.now();
      const heldForMs = performance.now() - heldSinceMs;
      if (heldForMs > options.statementTimeoutMs) return { complete: false, obstacle: describeHeld(page.unfinished) };
      await sleep(HELD_LOOK_EVERY_MS, stop).catch(() => {});
      continue;
    }
    heldSinceMs = null;
  }
  return { complete: true, obstacle: null };
}

async function turn(ledger: BackfillLedger, unit: string, options: PageOptions) {
  try {
    return await turnTimingPage(ledger, unit, options);
  } catch (error) {
    const hint =
      "Nothing of the batch was written. A smaller --batch-size makes its statements shorter; --resume goes on.";
    throw new Error(`A batch failed: ${describeError(error)} ${hint}`, { cause: error });
  }
}

function describeHeld(unfinished: number): string {
  return `Another transaction has held rows of ${unfinished} threads for too long; end it, then use --resume.`;
}
