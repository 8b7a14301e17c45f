import type { FaultKind } from "./faults";
import type { SandboxProvider } from "./request";

/** One request that reached a fake, in the order of arrival. */
export interface LedgerEntry {
  /** When it arrived: milliseconds since 1970 with a fraction, from the monotonic clock. */
  readonly at: number;
  readonly provider: SandboxProvider;
  /** The GHL location, or a short hash of the token or key: never the token. */
  readonly account: string;
  readonly method: string;
  readonly path: string;
  /** The query string as sent, without the question mark. */
  readonly query: string;
  /** Null while unanswered, and for ever where the fault was not to answer. */
  status: number | null;
  fault: FaultKind | null;
  /** Of a 429: until when it told the account to wait, on the clock of `at`; null where it did not say. */
  resetAt: number | null;
}

export type Arrival = Pick<LedgerEntry, "provider" | "account" | "method" | "path" | "query">;

export interface LedgerFilter {
  provider?: SandboxProvider;
  account?: string;
  path?: RegExp;
  status?: number;
  fault?: FaultKind;
}

export interface Ledger {
  readonly entries: readonly LedgerEntry[];
  /** Notes an arrival now; whoever answers fills in the rest. */
  note(arrival: Arrival): LedgerEntry;
  /** The entries that agree with everything in the filter. */
  find(filter: LedgerFilter): LedgerEntry[];
  count(filter?: LedgerFilter): number;
  clear(): void;
}

export function createLedger(): Ledger {
  const entries: LedgerEntry[] = [];
  const find = (filter: LedgerFilter) => entries.filter((entry) => agrees(entry, filter));
  return {
    entries,
    note(arrival) {
      const entry: LedgerEntry = { at: nowMs(), ...arrival, status: null, fault: null, resetAt: null };
      entries.push(entry);
      return entry;
    },
    find,
    count: (filter = {}) => find(filter).length,
    clear() {
      entries.length = 0;
    },
  };
}

/** Milliseconds since 1970 that never step back, so that windows measured with it are true. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function agrees(entry: LedgerEntry, filter: LedgerFilter): boolean {
  return (
    (filter.provider === undefined || entry.provider === filter.provider) &&
    (filter.account === undefined || entry.account === filter.account) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.fault === undefined || entry.fault === filter.fault) &&
    (filter.path === undefined || filter.path.test(entry.path))
  );
}
