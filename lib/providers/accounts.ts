import { createHash } from "node:crypto";
import type { Db } from "@/lib/db/client";
import { AccountLimiter, type AccountLimits } from "./rate-limit/account-limiter";

/**
 * The limiters of this process, one per provider account, so that everything that asks the same account shares its
 * window here as it does in the database.
 */
export class Accounts {
  private readonly limiters = new Map<string, AccountLimiter>();

  constructor(private readonly db: Db) {}

  /**
   * `identity` is what the provider counts by: a location, or a token, of which only a digest is kept. Blanks around it
   * make no other account: they are not sent either.
   */
  limiterFor(provider: string, identity: string, limits: AccountLimits): AccountLimiter {
    const account = `${provider}:${createHash("sha256").update(identity.trim()).digest("hex").slice(0, DIGEST_LENGTH)}`;
    const existing = this.limiters.get(account);
    if (existing) return existing;
    const limiter = new AccountLimiter(this.db, account, limits);
    this.limiters.set(account, limiter);
    return limiter;
  }
}

/** 80 bits tell any number of accounts apart. */
const DIGEST_LENGTH = 20;
