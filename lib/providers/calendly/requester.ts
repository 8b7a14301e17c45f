import { DAY_MS, SECOND_MS } from "@/lib/core/time";
import type { ReplyHeaders } from "../exchange";
import { readHeaderNumber, readRetryAfterMs } from "../headers";
import { createRequester, type Requester } from "../request";
import type { RequesterOptions } from "../requester-options";

/** What one organization's account is asked with. */
export interface CalendlyRequesterOptions
  extends Pick<RequesterOptions, "baseUrl" | "limiter" | "timeoutMs" | "retryBudget"> {
  /** A personal or an OAuth access token; blanks around it are dropped. */
  token: string;
}

/** The documented length of the window. */
const WINDOW_MS = 60 * SECOND_MS;

/** A requester for Calendly. */
export function createCalendlyRequester({ token, ...options }: CalendlyRequesterOptions): Requester {
  const headers = { authorization: `Bearer ${token.trim()}` };
  return createRequester({ ...options, provider: "Calendly", headers, readLimits: readCalendlyLimits });
}

/**
 * How long Calendly wants the account left alone: until the reset that it names, after a 429 and also when an answer
 * leaves no requests, because then the next one would be refused.
 */
export function readCalendlyLimits(headers: ReplyHeaders, status: number): { parkMs: number | null } {
  const remaining = readHeaderNumber(headers, "x-ratelimit-remaining");
  const exhausted = remaining !== null && remaining <= 0;
  if (status !== 429 && !exhausted) return { parkMs: null };
  return { parkMs: readResetMs(headers) ?? readRetryAfterMs(headers) ?? WINDOW_MS };
}

/** Seconds until the reset. More than a day of them, or less than none, is no duration and counts as not said. */
function readResetMs(headers: ReplyHeaders): number | null {
  const seconds = readHeaderNumber(headers, "x-ratelimit-reset");
  return seconds !== null && seconds >= 0 && seconds * SECOND_MS <= DAY_MS ? seconds * SECOND_MS : null;
}
