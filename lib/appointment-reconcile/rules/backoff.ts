import { DAY_MS, MINUTE_MS } from "@/lib/core/time";

/** The wait after the first failed check. */
const FIRST_WAIT_MS = MINUTE_MS;
/** The longest wait: a lead is looked at once a day, however long it has been failing. */
const WAIT_MS_MAX = DAY_MS;
/** 2^11 minutes is more than a day. */
const DOUBLINGS_MAX = 11;

/** How long a lead waits after its `failures`-th failed check in a row: 1 minute, doubling, at most 24 hours. */
export function waitAfterFailuresMs(failures: number): number {
  return Math.min(WAIT_MS_MAX, FIRST_WAIT_MS * 2 ** Math.min(Math.max(0, failures - 1), DOUBLINGS_MAX));
}
