import type { RequestLimiter } from "../limiter";

/** A limiter that lets everything pass and keeps count. */
export function countingLimiter() {
  const counts = { acquired: 0, answered: 0, parkedMs: [] as number[] };
  const limiter: RequestLimiter = {
    async acquire() {
      counts.acquired += 1;
      return { answered: () => void counts.answered++ };
    },
    async park(ms) {
      counts.parkedMs.push(ms);
    },
  };
  return { limiter, counts };
}
