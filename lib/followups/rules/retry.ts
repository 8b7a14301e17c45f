import { DAY_MS, MINUTE_MS } from "@/lib/core/time";

/** The wait after the first try: whatever refused it may well be over by then. */
const FIRST_WAIT_MS = MINUTE_MS;
/** The longest wait. Eight tries do not come to it; more would. */
const WAIT_MS_MAX = DAY_MS;
/** After so many tries a person is asked instead: by then it is two hours late. */
const TRIES_MAX = 8;

/**
 * How long to wait after the `attempt`-th try (from 1) of a message that was certainly not sent: a minute, doubling, at
 * most 24 hours. Null after the eighth: no more tries, a task is left.
 */
export function sendRetryMs(attempt: number): number | null {
  if (attempt >= TRIES_MAX) return null;
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** Math.max(0, attempt - 1));
}
