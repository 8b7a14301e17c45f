/** The counters of a run: fields of its answer, under the names that the contract gives them. */
export interface Tally {
  /** Threads that were recomputed because they changed. */
  processed: number;
  /** Threads that were left to another run. */
  skipped: number;
  inserted: number;
  updated: number;
  retracted: number;
  /** Rows on which the audit disagreed. */
  mismatches: number;
  /** Threads that could not be recomputed. They stay in the queue. */
  failed: number;
}

export function emptyTally(): Tally {
  return { processed: 0, skipped: 0, inserted: 0, updated: 0, retracted: 0, mismatches: 0, failed: 0 };
}

/** Adds what one recomputation did to the rows. */
export function countRows(tally: Tally, rows: Pick<Tally, "inserted" | "updated" | "retracted">): void {
  tally.inserted += rows.inserted;
  tally.updated += rows.updated;
  tally.retracted += rows.retracted;
}
