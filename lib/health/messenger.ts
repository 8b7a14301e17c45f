/** The port through which this feature speaks to the outside: to people, and to what watches from outside. */

export type Delivery =
  | { kind: "delivered" }
  /** Nothing is known to have arrived. `reason` is in our words and names no address. */
  | { kind: "failed"; reason: string; retryAfterMs: number | null };

/** Posts one message to the people in charge. Never rejects; ends when `signal` aborts, or sooner. */
export type PostAlert = (message: { text: string }, signal: AbortSignal) => Promise<Delivery>;

export interface Heartbeat {
  job: string;
  signal: "start" | "success" | "fail";
  /** Null for a run that could not even be put on record. */
  runId: string | null;
}

/** Tells whoever watches the job from outside; null where nobody does. Never rejects. */
export type SendHeartbeat = (beat: Heartbeat, signal: AbortSignal) => Promise<Delivery> | null;
