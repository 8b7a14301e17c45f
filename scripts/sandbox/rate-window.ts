import type { LedgerEntry } from "./ledger";

export interface WindowLimit {
  requests: number;
  windowMs: number;
}

export interface WindowTurn {
  allowed: boolean;
  /** Requests left in the window after this one. */
  remaining: number;
  /** When a refused caller may try again, on the caller's clock. */
  freeAt: number;
}

/** Counts one account's requests; a refused request takes nothing from the window. */
export interface RateWindow {
  take(atMs: number): WindowTurn;
}

/** At most `requests` in any stretch of `windowMs`, wherever it begins. */
export function createRollingWindow({ requests, windowMs }: WindowLimit): RateWindow {
  // A ring of the last arrivals: the oldest is overwritten only when it has left the window.
  const arrivals = new Float64Array(requests);
  let oldest = 0;
  let held = 0;
  return {
    take(atMs) {
      while (held > 0 && (arrivals[oldest] ?? 0) + windowMs <= atMs) {
        oldest = (oldest + 1) % requests;
        held -= 1;
      }
      if (held === requests) return { allowed: false, remaining: 0, freeAt: (arrivals[oldest] ?? atMs) + windowMs };
      arrivals[(oldest + held) % requests] = atMs;
      held += 1;
      return { allowed: true, remaining: requests - held, freeAt: atMs };
    },
  };
}

/** At most `requests` in a window of `windowMs` that begins with the first request after the last window ended. */
export function createFixedWindow({ requests, windowMs }: WindowLimit): RateWindow {
  let endsAt = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return {
    take(atMs) {
      if (atMs >= endsAt) {
        endsAt = atMs + windowMs;
        taken = 0;
      }
      if (taken >= requests) return { allowed: false, remaining: 0, freeAt: endsAt };
      taken += 1;
      return { allowed: true, remaining: requests - taken, freeAt: endsAt };
    },
  };
}

type Timed = Pick<LedgerEntry, "at" | "account">;

/**
 * The largest number of requests that any one account sent in any stretch of `windowMs`. Two requests exactly
 * `windowMs` apart do not share a stretch. Entries are in the order of arrival, as a ledger keeps them.
 */
export function maxInRollingWindow(entries: readonly Timed[], windowMs: number): number {
  const recentByAccount = new Map<string, { times: number[]; first: number }>();
  let most = 0;
  for (const { at, account } of entries) {
    const recent = recentByAccount.get(account) ?? { times: [], first: 0 };
    recentByAccount.set(account, recent);
    recent.times.push(at);
    while ((recent.times[recent.first] ?? at) + windowMs <= at) recent.first += 1;
    most = Math.max(most, recent.times.length - recent.first);
  }
  return most;
}

/**
 * The requests that an account sent between a 429 and the reset which that 429 announced.
 *
 * `graceMs` forgives those that were already under way when the 429 was answered. A 429 that announced nothing
 * forbids nothing.
 */
export function requestsBeforeReset<T extends Timed & Pick<LedgerEntry, "resetAt">>(
  entries: readonly T[],
  { graceMs = 0 }: { graceMs?: number } = {},
): T[] {
  const blockByAccount = new Map<string, { since: number; until: number }>();
  const early: T[] = [];
  for (const entry of entries) {
    const block = blockByAccount.get(entry.account);
    const blocked = block !== undefined && entry.at < block.until;
    if (blocked && entry.at > block.since + graceMs) early.push(entry);
    if (entry.resetAt === null) continue;
    blockByAccount.set(entry.account, {
      since: blocked ? block.since : entry.at,
      until: blocked ? Math.max(block.until, entry.resetAt) : entry.resetAt,
    });
  }
  return early;
}
