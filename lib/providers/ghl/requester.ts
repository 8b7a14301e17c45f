import { DAY_MS, HOUR_MS, SECOND_MS } from "@/lib/core/time";
import type { ReplyHeaders } from "../exchange";
import { readHeaderNumber, readRetryAfterMs } from "../headers";
import { createRequester, type Requester } from "../request";
import type { RequesterOptions } from "../requester-options";

/** What one location's account is asked with. */
export interface GhlRequesterOptions
  extends Pick<RequesterOptions, "baseUrl" | "limiter" | "timeoutMs" | "retryBudget"> {
  /** A private integration token or an OAuth access token; blanks around it are dropped. */
  token: string;
}

/** The documented length of the burst window. */
const BURST_INTERVAL_MS = 10 * SECOND_MS;
/** Where the day's requests are used up and nobody says until when: often enough to notice, too rare to hurt. */
const DAILY_PARK_MS = HOUR_MS;

/** A requester for HighLevel. It has no `Version` header: each endpoint names its own. */
export function createGhlRequester({ token, ...options }: GhlRequesterOptions): Requester {
  const headers = { authorization: `Bearer ${token.trim()}` };
  return createRequester({ ...options, provider: "GHL", headers, readLimits: readGhlLimits });
}

/**
 * How long HighLevel wants the account left alone: until the daily reset when the day's requests are used up, for a burst
 * interval after a 429.
 *
 * An answer that leaves none of the interval's requests parks too: our own count stays below the limit, so another
 * program is using the account, and the next request would only be the 429 that parks for as long and costs a lead its turn.
 */
export function readGhlLimits(headers: ReplyHeaders, status: number): { parkMs: number | null } {
  const daily = readHeaderNumber(headers, "x-ratelimit-daily-remaining");
  if (daily !== null && daily <= 0) return { parkMs: readDailyResetMs(headers) ?? DAILY_PARK_MS };
  const remaining = readHeaderNumber(headers, "x-ratelimit-remaining");
  const exhausted = remaining !== null && remaining <= 0;
  return { parkMs: status === 429 || exhausted ? readIntervalMs(headers) : null };
}

function readIntervalMs(headers: ReplyHeaders): number {
  const said = readHeaderNumber(headers, "x-ratelimit-interval-milliseconds");
  if (said !== null && said > 0 && said <= DAY_MS) return said;
  return readRetryAfterMs(headers) ?? BURST_INTERVAL_MS;
}

/** The official SDK reads this header and nobody documents its unit: seconds, an epoch of either unit, or a date. */
function readDailyResetMs(headers: ReplyHeaders): number | null {
  const value = readHeaderNumber(headers, "x-ratelimit-daily-reset");
  const inMs =
    value === null ? Date.parse(headers.get("x-ratelimit-daily-reset") ?? "") - Date.now() : untilReset(value);
  return inMs > 0 && inMs <= DAY_MS ? inMs : null;
}

function untilReset(value: number): number {
  const isEpoch = value > 1_000_000_000;
  if (!isEpoch) return value * SECOND_MS;
  return (value > 100_000_000_000 ? value : value * SECOND_MS) - Date.now();
}
