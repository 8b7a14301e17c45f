import type { LedgerEntry } from "../../sandbox/ledger";
import type { Finding } from "../invariants/evidence";

/** Contract of the retry budget: at most so many requests for each that was meant, until the circuit opens. */
export const AMPLIFICATION_MAX = 1.2;

/**
 * How many requests a provider got for each that was meant, counted from outside: the same path and query again is a
 * repetition. A 401 is asked about a second time on purpose, and is left out.
 */
export function amplificationOf(entries: readonly LedgerEntry[]): number {
  const repeatable = entries.filter(({ status }) => status !== 401);
  const meant = new Set(repeatable.map(({ account, path, query }) => `${account} ${path}?${query}`));
  return meant.size === 0 ? 1 : repeatable.length / meant.size;
}

export function checkAmplification(entries: readonly LedgerEntry[]): Finding[] {
  const factor = amplificationOf(entries);
  if (factor <= AMPLIFICATION_MAX) return [];
  const text = `${factor.toFixed(2)} requests for each that was meant, allowed are ${AMPLIFICATION_MAX}`;
  return [{ invariant: "retries stay a fifth of the requests at most", text }];
}
