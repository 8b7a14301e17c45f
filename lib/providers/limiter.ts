/** The right to send requests on one provider account, shared by every process that uses it. */
export interface RequestLimiter {
  /**
   * Waits until one more request may be sent now.
   *
   * Rejects with the signal's reason when it aborts first, and with a `rate_limited` error at once when the wait is
   * known to be longer than `waitMsMax`.
   */
  acquire(signal: AbortSignal, waitMsMax?: number): Promise<RequestPermit>;
  /** The provider itself said to stop: nobody sends on this account for `ms`. */
  park(ms: number): Promise<void>;
}

export interface RequestPermit {
  /** To be called exactly once, when the request was answered or given up: from then on its window is counted. */
  answered(): void;
}

/** For callers that have nothing to limit: tests and tools. */
export const unlimited: RequestLimiter = {
  acquire: async () => ({ answered: () => {} }),
  park: async () => {},
};
