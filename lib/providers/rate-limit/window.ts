/**
 * A rolling window of requests, exact for any number of processes.
 *
 * A request occupies the window from before it is sent until one window after it was answered. The provider counts it
 * somewhere between the two, so whatever the network does, no window of the provider's ever holds more than the limit.
 */

export interface Window {
  slots: Slot[];
  /** The provider said to wait until then; epoch milliseconds. */
  blockedUntilMs: number | null;
}

/** Some requests that come free together. */
export interface Slot {
  /** The process that may still send or wait for these; null once they were answered. */
  holder: string | null;
  count: number;
  /** Epoch milliseconds on the database's clock. */
  freeAtMs: number;
}

export interface WindowLimits {
  /** Requests in any `windowMs`. */
  requestsMax: number;
  windowMs: number;
  /** How long a granted token may wait to be used, in milliseconds. */
  holdMs: number;
  /** The longest that a request can be under way, in milliseconds. */
  requestMsMax: number;
}

export interface Exchange {
  holder: string;
  /** How long ago each request answered since the last exchange was answered, in milliseconds. */
  answeredAgesMs: number[];
  /** Requests of this holder that are under way. */
  inFlight: number;
  /** How many tokens the holder could use now. What it had left from before is given back first. */
  wanted: number;
}

export interface Exchanged {
  window: Window;
  granted: number;
  /** How long until asking again makes sense, in milliseconds; 0 when something was granted or nothing was wanted. */
  waitMs: number;
}

/** Answers that came within this of each other share a slot, rounded to the later: fewer slots to keep. */
const ROUNDING_MS = 25;

/**
 * Tokens that free one by one are worth waiting for together: at the limit this costs a fortieth of the rate, and
 * spares most of the exchanges.
 */
const BATCHING_SHARE = 1 / 40;

/** Accounts for a holder's finished requests and grants it tokens, as many as are free and at most as many as wanted. */
export function exchange(window: Window, nowMs: number, request: Exchange, limits: WindowLimits): Exchanged {
  const { windowMs, requestsMax } = limits;
  const others = window.slots.filter((slot) => slot.holder !== request.holder);
  const answered = request.answeredAgesMs.map((ageMs) => answeredSlot(nowMs - ageMs + windowMs));
  const blocked = window.blockedUntilMs !== null && window.blockedUntilMs > nowMs ? window.blockedUntilMs : null;
  const taken = mergeAnswered([...others, ...answered].filter((slot) => slot.freeAtMs > nowMs));
  const occupied = taken.reduce((sum, slot) => sum + slot.count, request.inFlight);
  const free = Math.max(0, requestsMax - occupied);
  const granted = blocked === null ? Math.min(free, request.wanted) : 0;
  const held = request.inFlight + granted;
  const heldUntilMs = nowMs + limits.holdMs + limits.requestMsMax + windowMs;
  const own: Slot[] = held > 0 ? [{ holder: request.holder, count: held, freeAtMs: heldUntilMs }] : [];
  const slots = [...taken, ...own].sort((a, b) => a.freeAtMs - b.freeAtMs);
  const waitMs = granted > 0 || request.wanted === 0 ? 0 : (blocked ?? nextFreeing(taken, limits, nowMs)) - nowMs;
  return { window: { slots, blockedUntilMs: blocked }, granted, waitMs };
}

/**
 * When to ask again: when the first answered requests leave the window. Tokens that are held may be given back long
 * before they expire, so nobody waits for those for longer than a fraction of the window.
 */
function nextFreeing(taken: Slot[], limits: WindowLimits, nowMs: number): number {
  const answered = taken.filter((slot) => slot.holder === null).map((slot) => slot.freeAtMs);
  const first = Math.min(...answered) + limits.windowMs * BATCHING_SHARE;
  const onlyAnswered = answered.length > 0 && answered.length === taken.length;
  return onlyAnswered ? first : Math.min(first, nowMs + Math.min(limits.windowMs, limits.holdMs) / 20);
}

function answeredSlot(freeAtMs: number): Slot {
  return { holder: null, count: 1, freeAtMs: Math.ceil(freeAtMs / ROUNDING_MS) * ROUNDING_MS };
}

/** Whoever sent them, answered requests that come free together are one slot: a window has so many and no more. */
function mergeAnswered(slots: Slot[]): Slot[] {
  const held = slots.filter((slot) => slot.holder !== null);
  const counts = new Map<number, number>();
  for (const { holder, freeAtMs, count } of slots) {
    if (holder === null) counts.set(freeAtMs, (counts.get(freeAtMs) ?? 0) + count);
  }
  return [...held, ...[...counts].map(([freeAtMs, count]) => ({ holder: null, count, freeAtMs }))];
}
