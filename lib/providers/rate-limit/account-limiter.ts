import { randomUUID } from "node:crypto";
import { ProviderError } from "@/lib/core/errors";
import { sleep } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { RequestLimiter, RequestPermit } from "../limiter";
import { blockAccount, exchangeTokens } from "./store";
import type { WindowLimits } from "./window";

/**
 * Tokens are to be used at once. What is not used in this time is given back, so that a slow process does not keep
 * a fast one waiting for long.
 */
const HOLD_MS = 10_000;

/** Asked for beyond the requests that already wait, where nobody said how many will come: spares a round trip each. */
const WANTED_MIN = 4;

export interface AccountLimits {
  requestsMax: number;
  windowMs: number;
  /** The longest that one request may take, in milliseconds. */
  requestMsMax: number;
}

interface Waiter {
  waitMsMax: number;
  grant(permit: RequestPermit): void;
  fail(error: unknown): void;
}

/**
 * One process's share of an account's rolling window. Tokens are taken from the database as many at a time as will be
 * needed, spent here, and accounted for in the next exchange.
 */
export class AccountLimiter implements RequestLimiter {
  private readonly holder = randomUUID();
  private readonly limits: WindowLimits;
  private readonly waiters = new Set<Waiter>();
  private answeredAtMs: number[] = [];
  private inFlight = 0;
  private tokens = 0;
  private usableUntilMs = 0;
  private expected = 0;
  private refilling = false;
  private pause = new AbortController();

  constructor(
    private readonly db: Db,
    private readonly account: string,
    limits: AccountLimits,
  ) {
    this.limits = { ...limits, holdMs: HOLD_MS };
  }

  /** Says how many requests are about to come, so that they are reserved at once. */
  expect(requests: number): void {
    this.expected += requests;
  }

  async acquire(signal: AbortSignal, waitMsMax = Number.POSITIVE_INFINITY): Promise<RequestPermit> {
    signal.throwIfAborted();
    if (this.waiters.size === 0 && this.hasToken()) return this.spend();
    return new Promise((resolve, reject) => {
      const abort = () => waiter.fail(signal.reason);
      const leave = () => {
        this.waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
        if (this.waiters.size === 0) this.pause.abort();
      };
      const waiter: Waiter = {
        waitMsMax,
        grant: (permit) => {
          leave();
          resolve(permit);
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      this.waiters.add(waiter);
      signal.addEventListener("abort", abort, { once: true });
      void this.refill();
    });
  }

  async park(ms: number): Promise<void> {
    this.tokens = 0;
    await blockAccount(this.db, this.account, ms);
  }

  /** Accounts for what was used and gives back what was not. What is not settled (a crash) comes free by itself. */
  async settle(): Promise<void> {
    this.expected = 0;
    if (this.refilling || (this.tokens === 0 && this.answeredAtMs.length === 0)) return;
    await this.exchange(0).catch(() => {});
  }

  /** Serves the waiters, in their order, until none is left. One refill at a time. */
  private async refill(): Promise<void> {
    if (this.refilling) return;
    this.refilling = true;
    try {
      while (this.waiters.size > 0) {
        const waitMs = this.hasToken() ? 0 : await this.exchange(this.wanted());
        this.sendAway(waitMs);
        if (waitMs > 0 && this.waiters.size > 0) await this.sleepWhileWanted(waitMs);
        for (const waiter of this.waiters) {
          if (!this.hasToken()) break;
          waiter.grant(this.spend());
        }
      }
    } catch (error) {
      for (const waiter of [...this.waiters]) waiter.fail(error);
    } finally {
      this.refilling = false;
    }
  }

  /** Those who cannot wait that long are told at once, with how long it will be. */
  private sendAway(waitMs: number): void {
    for (const waiter of [...this.waiters]) {
      if (waitMs <= waiter.waitMsMax) continue;
      const message = `the account has no requests left for ${Math.ceil(waitMs / 1000)} s`;
      waiter.fail(new ProviderError(message, { kind: "rate_limited", retryAfterMs: waitMs }));
    }
  }

  /** Sleeps until the tokens are due, or until nobody waits for them any more. */
  private async sleepWhileWanted(waitMs: number): Promise<void> {
    this.pause = new AbortController();
    await sleep(waitMs, this.pause.signal).catch(() => {});
  }

  private async exchange(wanted: number): Promise<number> {
    const askedAtMs = performance.now();
    const answered = this.answeredAtMs;
    const inFlight = this.inFlight;
    this.answeredAtMs = [];
    this.tokens = 0;
    try {
      const answeredAgesMs = answered.map((at) => askedAtMs - at);
      const request = { holder: this.holder, answeredAgesMs, inFlight, wanted };
      const { granted, waitMs } = await exchangeTokens(this.db, this.account, request, this.limits);
      this.tokens = granted;
      this.usableUntilMs = askedAtMs + HOLD_MS;
      return waitMs;
    } catch (error) {
      this.answeredAtMs.push(...answered);
      throw error;
    }
  }

  private wanted(): number {
    return Math.min(this.limits.requestsMax, Math.max(this.waiters.size, this.expected, WANTED_MIN));
  }

  private hasToken(): boolean {
    return this.tokens > 0 && performance.now() < this.usableUntilMs;
  }

  private spend(): RequestPermit {
    this.tokens--;
    this.inFlight++;
    this.expected = Math.max(0, this.expected - 1);
    let open = true;
    const answered = () => {
      if (!open) return;
      open = false;
      this.inFlight--;
      this.answeredAtMs.push(performance.now());
    };
    return { answered };
  }
}

/** What a workspace does while its account has no requests left: it gives up its place to another. */
export interface ParkingHooks {
  parked(): void;
  resumed(): void;
}

/**
 * A view of a limiter that tells one workspace when it begins to wait, and when it goes on, and that waits for no
 * longer than the workspace has time.
 */
export function withParking(limiter: RequestLimiter, hooks: ParkingHooks, remainingMs: () => number): RequestLimiter {
  let waiting = 0;
  return {
    park: (ms) => limiter.park(ms),
    acquire: async (signal) => {
      if (waiting++ === 0) hooks.parked();
      try {
        return await limiter.acquire(signal, remainingMs());
      } finally {
        if (--waiting === 0) hooks.resumed();
      }
    },
  };
}
