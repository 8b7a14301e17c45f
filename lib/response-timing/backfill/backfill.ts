import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { abortWith } from "@/lib/core/time";
import type { BackfillLedger } from "@/lib/db/backfill-ledger";
import type { PageOptions } from "./page";
import { SHARES, unitOf, walkShare } from "./share";
import { Totals } from "./totals";

export type TimingBackfillParams = Omit<PageOptions, "share">;

export interface TimingBackfillEnd {
  /** Every thread was dealt with. */
  complete: boolean;
  /** What kept it from its end that waiting does not mend; sentences for people. */
  obstacles: string[];
}

/**
 * Makes the events of all threads true that may have some inside the lookback, thread by thread in the order of their
 * leads: each once in a run, however many pages or processes it takes. A page, its events and the cursor are one
 * transaction, so that it can be stopped at any moment and taken up by another process. What changes in a thread that
 * was dealt with already is the cron's.
 *
 * The leads are divided into shares that are walked at the same time, each with a cursor of its own: one keeps the
 * database at work while another is between its statements. Where one cannot go on, all stop.
 */
export async function backfillResponseTiming(
  params: TimingBackfillParams,
  ledger: BackfillLedger,
  monitor: BackfillMonitor,
): Promise<TimingBackfillEnd> {
  const totals = new Totals();
  for (const share of SHARES) totals.note(unitOf(share), (await ledger.readUnit(unitOf(share))).counts);
  const stop = new AbortController();
  const unfollow = abortWith(stop, [monitor.stop]);
  const walk = { ledger, monitor, totals, stop: stop.signal };
  const walks = SHARES.map((share) =>
    walkShare({ ...params, share }, walk).then(
      (end) => {
        if (end.obstacle !== null) stop.abort();
        return end;
      },
      (error) => {
        stop.abort();
        throw error;
      },
    ),
  );
  // All of them, also when one has thrown: what the others have under way is to end.
  const ends = await Promise.allSettled(walks).finally(unfollow);
  const reached = ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
  const obstacles = reached.flatMap(({ obstacle }) => (obstacle === null ? [] : [obstacle]));
  return { complete: reached.every(({ complete }) => complete), obstacles: [...new Set(obstacles)] };
}
