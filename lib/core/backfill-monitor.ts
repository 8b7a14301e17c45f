/** Why nothing moves in a workspace at the moment. */
export type WaitReason = "rate_limit" | "circuit" | "lease";

/** What a walk tells whoever watches it, and what it is told. */
export interface BackfillMonitor {
  /** Start nothing new; what is under way may end. */
  readonly stop: AbortSignal;
  /** Cut off what is under way, too. */
  readonly abort: AbortSignal;
  /** So many more leads are to come. */
  expect(leads: number): void;
  /** So many leads were dealt with and booked. */
  advance(leads: number): void;
  /** So many requests were sent to providers. */
  requested(requests: number): void;
  /** A workspace waits. The returned function says that it goes on. */
  waiting(reason: WaitReason): () => void;
  /** A line for people, at once. */
  say(line: string): void;
  /** A page is on the books. */
  booked(): Promise<void>;
}
