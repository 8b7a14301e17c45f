/** Why a run ended. */
export type StopReason = "done" | "time_budget" | "limit" | "circuit_broken" | "locked";

/** What every runner answers, whichever door called it. */
export type Outcome =
  /** It did what there was to do, or as much as it was allowed. `result` goes into the answer as it is. */
  | { kind: "ran"; result: object & { exhausted: boolean; stopReason: StopReason } }
  /** Another run has the lease; nothing was done. */
  | { kind: "locked" }
  /** A step failed as a whole; the rest still ran, and `result` says what came of it. */
  | { kind: "failed"; error: string; result: object };
