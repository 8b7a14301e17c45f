import { SECOND_MS } from "@/lib/core/time";
import type { Accounts } from "../accounts";
import type { AccountLimiter } from "../rate-limit/account-limiter";
import type { ProviderSettings } from "../settings";

/** Calendly counts by token, by the minute. */
export function calendlyAccount(accounts: Accounts, token: string, settings: ProviderSettings): AccountLimiter {
  return accounts.limiterFor("CALENDLY", token, {
    requestsMax: settings.calendlyRequestsPerMinute,
    windowMs: 60 * SECOND_MS,
    requestMsMax: settings.timeoutMs,
  });
}
