import { HOUR_MS, SECOND_MS } from "@/lib/core/time";

/** Half a minute: the next run of a job that runs every minute tries again. */
const FIRST_WAIT_MS = 30 * SECOND_MS;
/** A receiver that is down for long is tried once an hour. */
const WAIT_MS_MAX = HOUR_MS;
/** 2^7 half minutes are more than an hour. */
const DOUBLINGS_MAX = 7;

/** How long an alert waits after its `attempts`-th failed attempt; longer, up to an hour, if the receiver asked for it. */
export function waitAfterAttemptsMs(attempts: number, retryAfterMs: number | null): number {
  const wait = FIRST_WAIT_MS * 2 ** Math.min(Math.max(0, attempts - 1), DOUBLINGS_MAX);
  return Math.min(WAIT_MS_MAX, Math.max(wait, retryAfterMs ?? 0));
}
