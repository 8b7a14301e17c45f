/**
 * How many retries the process may still make. While a provider is well there is one to spend; while it is down, retries
 * stay a tenth of the calls, so that we add little to the load of the one who is struggling.
 */
export interface RetryBudget {
  /** A call is made for the first time: it earns a tenth of a retry. */
  earn(): void;
  /** Takes one retry, or answers false when there is none to take. */
  trySpend(): boolean;
}

// Counted in tenths because ten times 0.1 is not 1 in floating point.
/** Tenths of a retry that a first attempt earns. */
const EARNED_BY_A_CALL = 1;
/** Tenths that a retry costs. */
const COST_OF_A_RETRY = 10;
/**
 * Retries that can be saved up. A breaker opens after five failed checks at the earliest: with one retry saved and less
 * than one earned meanwhile, six requests are made for those five, never more than 1.2 for each.
 */
const SAVED_MAX = 1;

/** A fresh budget with all its retries in it, so that the only call of a short run may be repeated. */
export function createRetryBudget({ savedMax = SAVED_MAX } = {}): RetryBudget {
  const full = savedMax * COST_OF_A_RETRY;
  let saved = full;
  return {
    earn() {
      saved = Math.min(full, saved + EARNED_BY_A_CALL);
    },
    trySpend() {
      if (saved < COST_OF_A_RETRY) return false;
      saved -= COST_OF_A_RETRY;
      return true;
    },
  };
}

/** The budget that every requester of this process shares unless it is given its own. */
export const processRetryBudget = createRetryBudget();
