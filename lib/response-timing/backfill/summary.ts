import type { Counts } from "@/lib/db/backfill-ledger";

export interface TimingReport {
  mode: string;
  complete: boolean;
  counts: Counts;
  seconds: number;
}

/**
 * What a backfill of response timing did, for programs and for people. `processed` counts threads to which leads wrote
 * inside the lookback, and the others but `batches` count rows.
 */
export function summarizeTimingBackfill({ mode, complete, counts, seconds }: TimingReport) {
  const count = (name: string) => counts[name] ?? 0;
  const rows = { inserted: count("inserted"), updated: count("updated"), retracted: count("retracted") };
  const json = { mode, complete, batches: count("batches"), processed: count("processed"), ...rows, seconds };
  const state = complete ? "complete" : "not complete: --resume goes on";
  const would = mode === "dry-run" ? " (dry run: nothing was written)" : "";
  const lines = [
    `Backfill of response timing, ${state}${would}`,
    `  threads    ${json.processed} in ${json.batches} batches`,
    `  inserted   ${rows.inserted}`,
    `  updated    ${rows.updated}`,
    `  retracted  ${rows.retracted}`,
    `  ${seconds} s by this process`,
  ];
  return { json, lines };
}
