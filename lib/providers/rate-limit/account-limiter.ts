import { randomUUID } from "node:crypto";
import pLimit from "p-limit";
import { ProviderError } from "@/lib/core/errors";
import { sleep } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { RequestLimiter, RequestPermit } from "../limiter";
import { blockAccount, exchangeTokens } from "./store";
import type { WindowLimits } from "./window";

/** How long the database keeps granted tokens for their holder. A process that dies takes them out for that long. */
const HOLD_MS = 10_000;

/**
 * How long tokens are spent without a look at the database: for at most so long a process goes on after another one has
 * parked the account, and keeps tokens that it does not use. A page at full speed takes less, and so one exchange.
 */
const TRUST_MS = 1_000;

/** Asked for beyond the requests that already wait, where nobody said how many will come: spares a round trip each. */
const WANTED_MIN = 4;

export interface AccountLimits {
  requestsMax: number;
  windowMs: number;
  /** The longest that one request may take, in milliseconds. */
  requestMsMax: number;
}

interface Waiter {
  /** On the monotonic clock. */
  waitsUntilMs: number;
  onWait(): void;
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
  /** One statement at a time: each exchange says what the holder has, and the last to commit would win. */
  private readonly inTurn = pLimit(1);
  private answeredAtMs: number[] = [];
  private inFlight = 0;
  private tokens = 0;
  private usableUntilMs = 0;
  private expected = 0;
  private refilling = false;
  /** Parks that are on their way to the database. */
  private parking = 0;
  /** When the waiters' turn comes; past, or 0, while nobody knows that they have to wait. */
  private dueAtMs = 0;
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

  /** `onWait` is called, once or more, if there is no request left and the caller has to wait for one. */
  async acquire(signal: AbortSignal, waitMsMax = Number.POSITIVE_INFINITY, onWait = () => {}): Promise<RequestPermit> {
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
        waitsUntilMs: performance.now() + waitMsMax,
        onWait,
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
      if (this.refilling) this.announceWait();
      else void this.refill();
    });
  }

  async park(ms: number): Promise<void> {
    this.tokens = 0;
    this.parking++;
    try {
      await this.inTurn(() => blockAccount(this.db, this.account, ms));
    } finally {
      this.parking--;
    }
  }

  /** Accounts for what was used and gives back what was not. What is not settled (a crash) comes free by itself. */
  async settle(): Promise<void> {
    this.expected = 0;
    const giveBack = async () => {
      // Whoever still waits is served by an exchange that accounts for everything.
      const isSettled = this.tokens === 0 && this.answeredAtMs.length === 0;
      if (this.waiters.size === 0 && !isSettled) await this.exchangeNow(0);
    };
    await this.inTurn(giveBack).catch(() => {});
  }

  /** Serves the waiters, in their order, until none is left. One refill at a time. */
  private async refill(): Promise<void> {
    this.refilling = true;
    try {
      while (this.waiters.size > 0) {
        if (!this.hasToken()) {
          const waitMs = await this.inTurn(() => this.exchangeNow(this.wanted()));
          this.dueAtMs = performance.now() + waitMs;
        }
        this.announceWait();
        await this.sleepWhileWanted();
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
  private announceWait(): void {
    const nowMs = performance.now();
    const waitMs = Math.ceil(this.dueAtMs - nowMs);
    if (waitMs <= 0) return;
    const message = `the account has no requests left for ${Math.ceil(waitMs / 1000)} s`;
    for (const waiter of [...this.waiters]) {
      if (this.dueAtMs <= waiter.waitsUntilMs) waiter.onWait();
      else waiter.fail(new ProviderError(message, { kind: "rate_limited", retryAfterMs: waitMs }));
    }
  }

  /** Sleeps until the tokens are due, or until nobody waits for them any more. */
  private async sleepWhileWanted(): Promise<void> {
    const waitMs = this.dueAtMs - performance.now();
    if (waitMs > 0 && this.waiters.size > 0) {
      this.pause = new AbortController();
      await sleep(waitMs, this.pause.signal).catch(() => {});
    }
    this.dueAtMs = 0;
  }

  /** Only ever in turn. Returns how long to wait before asking again, 0 where something was granted. */
  private async exchangeNow(wanted: number): Promise<number> {
    const askedAtMs = performance.now();
    const answered = this.answeredAtMs;
    const inFlight = this.inFlight;
    this.answeredAtMs = [];
    this.tokens = 0;
    try {
      const answeredAgesMs = answered.map((at) => askedAtMs - at);
      const request = { holder: this.holder, answeredAgesMs, inFlight, wanted };
      const { granted, waitMs } = await exchangeTokens(this.db, this.account, request, this.limits);
      // What was granted while a park was on its way did not know of it.
      this.tokens = this.parking === 0 ? granted : 0;
      this.usableUntilMs = Math.min(askedAtMs + HOLD_MS, performance.now() + TRUST_MS);
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
