import type { Workspace } from "@/lib/appointment-reconcile/records";
import type { OpenSession } from "@/lib/appointment-reconcile/session";
import type { AppointmentSource } from "@/lib/appointment-reconcile/source";
import type { Db } from "@/lib/db/client";
import type { Accounts } from "./accounts";
import { calendlyAccount } from "./calendly/account";
import { createCalendlyAppointmentSource } from "./calendly/appointments";
import { createCalendlyRequester } from "./calendly/requester";
import { ghlAccount } from "./ghl/account";
import { createGhlAppointmentSource } from "./ghl/appointments";
import { createGhlRequester } from "./ghl/requester";
import type { RequestLimiter } from "./limiter";
import type { AccountLimiter } from "./rate-limit/account-limiter";
import type { ProviderSettings } from "./settings";
import { openTurn } from "./turn";

/** A lead costs a listing and, mostly, a look at one appointment. */
const REQUESTS_PER_LEAD = 2;

/** Opens reconcile's turns at providers: behind the workspace's breaker, within the rate of its account. */
export function createOpenSession(db: Db, accounts: Accounts, settings: ProviderSettings): OpenSession {
  return async (workspace, options) => {
    const key = { clientId: workspace.id, provider: workspace.provider };
    const turn = await openTurn(db, key, accountOf(accounts, workspace, settings), settings, options);
    if (turn === "circuit_open") return turn;
    return {
      source: sourceOf(workspace, turn.limiter, settings),
      requestsSent: turn.requestsSent,
      leadsMax: turn.checksMax,
      expectLeads: (count) => turn.expectRequests(count * REQUESTS_PER_LEAD),
      record: turn.record,
      close: turn.close,
    };
  };
}

function accountOf(
  accounts: Accounts,
  { credentials, provider, id }: Workspace,
  settings: ProviderSettings,
): AccountLimiter {
  switch (provider) {
    case "GHL":
      return ghlAccount(accounts, credentials.ghlLocationId ?? id, settings);
    case "CALENDLY":
      return calendlyAccount(accounts, credentials.calendlyAccessToken ?? id, settings);
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
