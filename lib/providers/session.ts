import type { Workspace } from "@/lib/appointment-reconcile/records";
import type {
  AppointmentSource,
  OpenSession,
  ProviderSession,
  SessionOptions,
} from "@/lib/appointment-reconcile/source";
import { isProviderFailure, type ProviderError } from "@/lib/core/errors";
import { SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { Accounts } from "./accounts";
import { createCalendlyAppointmentSource } from "./calendly/appointments";
import { createCalendlyRequester } from "./calendly/requester";
import { addCheck, type CheckSignal, CIRCUIT_WINDOW, type CircuitSettings, shouldOpen } from "./circuit/rules";
import { claimProbe, recordChecks, releaseProbe } from "./circuit/store";
import { createGhlAppointmentSource } from "./ghl/appointments";
import { createGhlRequester } from "./ghl/requester";
import type { RequestLimiter } from "./limiter";
import { type AccountLimiter, withParking } from "./rate-limit/account-limiter";

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
    const breaker = await openBreaker(db, workspace, settings.circuit, options.dryRun);
    if (breaker === "circuit_open") return breaker;
    const limiter = limiterOf(accounts, workspace, settings);
    const hooks = { parked: options.onParked, resumed: options.onResumed };
    const parking = withParking(limiter, hooks, () => options.deadline.remainingMs());
    return {
      source: sourceOf(workspace, parking, settings),
      leadsMax: breaker.leadsMax,
      expectLeads: (count) => limiter.expect(count * REQUESTS_PER_LEAD),
      record: breaker.record,
      close: async () => {
        await limiter.settle();
        await breaker.close();
      },
    };
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

type Breaker = Pick<ProviderSession, "leadsMax" | "record" | "close">;

/**
 * The workspace's circuit for one turn: judged in memory after every check, written once at the end. While it is open
 * nobody goes through; once the cool-down is over the one who gets the probe does, with one lead.
 */
async function openBreaker(
  db: Db,
  workspace: Workspace,
  settings: CircuitSettings,
  dryRun: SessionOptions["dryRun"],
): Promise<Breaker | "circuit_open"> {
  const key = { clientId: workspace.id, provider: workspace.provider };
  const { circuit } = workspace;
  const isClosed = circuit.openUntil === null;
  if (!isClosed && (dryRun || !(await claimProbe(db, key)))) return "circuit_open";
  const signals: CheckSignal[] = [];
  let outcomes: readonly boolean[] = circuit.outcomes;
  let reason = "";
  return {
    leadsMax: isClosed ? Number.POSITIVE_INFINITY : 1,
    record: (error) => {
      const signal = signalOf(error);
      signals.push(signal);
      outcomes = addCheck(outcomes, signal);
      if (error && isProviderFailure(error)) reason = error.message;
      return signal === "credential_dead" || shouldOpen(outcomes, settings);
    },
    close: async () => {
      if (dryRun) return;
      if (signals.length === 0) return isClosed ? undefined : releaseProbe(db, key);
      if (isClosed && isAllWell(circuit.outcomes) && isAllWell(outcomes)) return;
      await recordChecks(db, key, signals, reason, settings);
    },
  };
}

/** A window that is full of successes stays what it is with one more. */
function isAllWell(outcomes: readonly boolean[]): boolean {
  return outcomes.length >= CIRCUIT_WINDOW && !outcomes.includes(true);
}

function signalOf(error: ProviderError | null): CheckSignal {
  if (error === null) return "success";
  if (!isProviderFailure(error)) return "uncounted";
  return error.credentialDead ? "credential_dead" : "failure";
}
