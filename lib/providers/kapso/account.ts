import { SECOND_MS } from "@/lib/core/time";
import type { Accounts } from "../accounts";
import type { AccountLimiter } from "../rate-limit/account-limiter";
import type { ProviderSettings } from "../settings";

/** Kapso counts by the key or token that it is asked with, by the minute. */
export function kapsoAccount(accounts: Accounts, credential: string, settings: ProviderSettings): AccountLimiter {
  return accounts.limiterFor("KAPSO", credential, {
    requestsMax: settings.kapsoRequestsPerMinute,
    windowMs: 60 * SECOND_MS,
    requestMsMax: settings.timeoutMs,
  });
}
