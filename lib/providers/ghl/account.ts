import { SECOND_MS } from "@/lib/core/time";
import type { Accounts } from "../accounts";
import type { AccountLimiter } from "../rate-limit/account-limiter";
import type { ProviderSettings } from "../settings";

/** HighLevel counts by location, in bursts of ten seconds. */
export function ghlAccount(accounts: Accounts, locationId: string, settings: ProviderSettings): AccountLimiter {
  return accounts.limiterFor("GHL", locationId, {
    requestsMax: settings.ghlRequestsPer10s,
    windowMs: 10 * SECOND_MS,
    requestMsMax: settings.timeoutMs,
  });
}
