/**
 * How many retries the process may still make. While a provider is well there is always one to spend; while it is down,
 * retries stay a fifth of the calls, so that we do not double the load of the one who is struggling.
 */
export interface RetryBudget {
  /** A call is made for the first time: it earns a fifth of a retry. */
  earn(): void;
  /** Takes one retry, or answers false when there is none to take. */
  trySpend(): boolean;
}

// Counted in fifths because five times 0.2 is not always 1 in floating point.
/** Fifths of a retry that a first attempt earns: retries are at most 20 % of the calls. */
const EARNED_BY_A_CALL = 1;
/** Fifths that a retry costs. */
const COST_OF_A_RETRY = 5;
/** Fifths that can be saved up: ten retries, enough for a blip after a quiet hour, too few to matter in an outage. */
const SAVED_MAX = 50;
/** Fifths at the start: one retry, so that the only call of a short run may be repeated. */
const SAVED_AT_START = 5;

/** A fresh budget, with one retry in it. */
export function createRetryBudget(): RetryBudget {
  let saved = SAVED_AT_START;
  return {
    earn() {
      saved = Math.min(SAVED_MAX, saved + EARNED_BY_A_CALL);
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
