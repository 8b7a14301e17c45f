import type { RequestLimiter } from "../limiter";
import type { AccountLimiter } from "./account-limiter";

/** What a workspace does while its account has no requests left: it gives up its place to another. */
export interface ParkingHooks {
  parked(): void;
  resumed(): void;
}

/**
 * A view of a limiter that tells one workspace when it begins to wait, and when it goes on, and that waits for no
 * longer than the workspace has time. A request that need not wait is not told of.
 */
export function withParking(limiter: AccountLimiter, hooks: ParkingHooks, remainingMs: () => number): RequestLimiter {
  let waiting = 0;
  return {
    park: (ms) => limiter.park(ms),
    acquire: async (signal) => {
      let waits = false;
      const onWait = () => {
        if (waits) return;
        waits = true;
        if (waiting++ === 0) hooks.parked();
      };
      try {
        return await limiter.acquire(signal, remainingMs(), onWait);
      } finally {
        if (waits && --waiting === 0) hooks.resumed();
      }
    },
  };
}
