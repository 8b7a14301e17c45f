import type { ReadLimits } from "./answers";
import type { RequestLimiter } from "./limiter";
import type { RetryBudget } from "./retry-budget";

/** What a requester is made of: an account at a provider, and the bounds of each request to it. */
export interface RequesterOptions {
  /** As error messages name it. */
  provider: string;
  baseUrl: string;
  /** Sent with every request; the credential is among them. */
  headers: Record<string, string>;
  limiter: RequestLimiter;
  /** For one attempt, from the permit to the last byte of the body. */
  timeoutMs: number;
  readLimits: ReadLimits;
  maxBodyBytes?: number;
  retryBudget?: RetryBudget;
}
