import type { Workspace } from "@/lib/appointment-reconcile/records";
import type { OpenSession } from "@/lib/appointment-reconcile/session";
import type { AppointmentSource } from "@/lib/appointment-reconcile/source";
import { SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { Accounts } from "./accounts";
import { createCalendlyAppointmentSource } from "./calendly/appointments";
import { createCalendlyRequester } from "./calendly/requester";
import { openBreaker } from "./circuit/breaker";
import type { CircuitSettings } from "./circuit/rules";
import { createGhlAppointmentSource } from "./ghl/appointments";
import { createGhlRequester } from "./ghl/requester";
import type { RequestLimiter } from "./limiter";
import type { AccountLimiter } from "./rate-limit/account-limiter";
import { withParking } from "./rate-limit/parking";

export interface ProviderSettings {
  ghlBaseUrl: string;
  calendlyBaseUrl: string;
  ghlRequestsPer10s: number;
  calendlyRequestsPerMinute: number;
  /** For one request, from sending it to the last byte of its answer. */
  timeoutMs: number;
  circuit: CircuitSettings;
}

/** A lead costs a listing and, mostly, a look at one appointment. */
const REQUESTS_PER_LEAD = 2;

/** Opens turns at providers: behind the workspace's breaker, within the rate of its account. */
export function createOpenSession(db: Db, settings: ProviderSettings): OpenSession {
  const accounts = new Accounts(db);
  return async (workspace, options) => {
    const key = { clientId: workspace.id, provider: workspace.provider };
    const breaker = await openBreaker(db, key, settings.circuit, { dryRun: options.dryRun });
    if (breaker === "circuit_open") return breaker;
    const limiter = limiterOf(accounts, workspace, settings);
    const hooks = { parked: options.onParked, resumed: options.onResumed };
    const parking = withParking(limiter, hooks, () => options.deadline.remainingMs());
    const counting = countRequests(parking);
    return {
      source: sourceOf(workspace, counting, settings),
      requestsSent: () => counting.sent,
      leadsMax: breaker.checksMax,
      expectLeads: (count) => limiter.expect(count * REQUESTS_PER_LEAD),
      record: breaker.record,
      close: async () => {
        await limiter.settle();
        await breaker.close();
      },
    };
  };
}

/** A view of a limiter that counts the permits it gave. */
function countRequests(limiter: RequestLimiter): RequestLimiter & { readonly sent: number } {
  let sent = 0;
  return {
    park: (ms) => limiter.park(ms),
    acquire: async (signal) => {
      const permit = await limiter.acquire(signal);
      sent++;
      return permit;
    },
    get sent() {
      return sent;
    },
  };
}

function limiterOf(
  accounts: Accounts,
  { credentials, provider, id }: Workspace,
  settings: ProviderSettings,
): AccountLimiter {
  const requestMsMax = settings.timeoutMs;
  switch (provider) {
    case "GHL": {
      const limits = { requestsMax: settings.ghlRequestsPer10s, windowMs: 10 * SECOND_MS, requestMsMax };
      return accounts.limiterFor(provider, credentials.ghlLocationId ?? id, limits);
    }
    case "CALENDLY": {
      const limits = { requestsMax: settings.calendlyRequestsPerMinute, windowMs: 60 * SECOND_MS, requestMsMax };
      return accounts.limiterFor(provider, credentials.calendlyAccessToken ?? id, limits);
    }
  }
}

function sourceOf(workspace: Workspace, limiter: RequestLimiter, settings: ProviderSettings): AppointmentSource {
  const { credentials, provider, timezone } = workspace;
  const { timeoutMs } = settings;
  switch (provider) {
    case "GHL":
      return createGhlAppointmentSource({
        requester: createGhlRequester({
          ...{ limiter, timeoutMs, baseUrl: settings.ghlBaseUrl, token: credentials.ghlPrivateKey ?? "" },
        }),
        locationId: credentials.ghlLocationId?.trim() ?? "",
        fallbackTimeZone: timezone,
      });
    case "CALENDLY":
      return createCalendlyAppointmentSource({
        requester: createCalendlyRequester({
          ...{ limiter, timeoutMs, baseUrl: settings.calendlyBaseUrl, token: credentials.calendlyAccessToken ?? "" },
        }),
        organizationUri: credentials.calendlyOrganizationUri?.trim() ?? "",
      });
  }
}
