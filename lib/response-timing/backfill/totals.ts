import { SECOND_MS } from "@/lib/core/time";
import { addCounts, type Counts } from "@/lib/db/backfill-ledger";

/** What the shares of a run add up to, as far as this process knows. */
export class Totals {
  private readonly startedMs = performance.now();
  private readonly counts = new Map<string, Counts>();

  /** Takes the latest counts of a share over: the run's, whoever worked on it. */
  note(unit: string, counts: Counts): void {
    this.counts.set(unit, counts);
  }

  /** The line that tells of a batch of so many threads. The totals are the run's; the time is this process's. */
  describeBatch(processed: number): string {
    const totals = [...this.counts.values()].reduce(addCounts, {});
    const seconds = ((performance.now() - this.startedMs) / SECOND_MS).toFixed(1);
    return `[batch ${totals["batches"] ?? 0}] processed ${processed}, total so far ${totals["processed"] ?? 0}, elapsed ${seconds}s`;
  }
}
