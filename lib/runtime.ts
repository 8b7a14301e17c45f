import { randomUUID } from "node:crypto";
import type { ReconcileDeps } from "@/lib/appointment-reconcile/deps";
import { measureReconcileLag } from "@/lib/appointment-reconcile/lag";
import type { SyncDeps } from "@/lib/background-sync/deps";
import { createLogger, type Logger } from "@/lib/core/log";
import { type Clock, SECOND_MS, systemClock } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { type Env, EnvError, parseEnv } from "@/lib/env";
import type { FollowUpDeps } from "@/lib/followups/deps";
import { measureFollowUpLag } from "@/lib/followups/lag";
import type { HealthDeps } from "@/lib/health/deps";
import { WATCHED_JOBS } from "@/lib/health/jobs";
import { createWatchRun, type WatchRun } from "@/lib/health/watch";
import { createPostAlert } from "@/lib/notify/alerts";
import { createSendHeartbeat } from "@/lib/notify/heartbeats";
import { Accounts } from "@/lib/providers/accounts";
import { chooseSender, createOpenSender } from "@/lib/providers/senders";
import { createOpenSession } from "@/lib/providers/session";
import type { ProviderSettings } from "@/lib/providers/settings";
import { createOpenSyncSession } from "@/lib/providers/sync-session";
import type { TimingDeps } from "@/lib/response-timing/deps";

/** Everything that both doors need, built once per process from the environment. */
export interface Runtime {
  env: Env;
  db: Db;
  clock: Clock;
  log: Logger;
  reconcile: ReconcileDeps;
  followups: FollowUpDeps;
  responseTiming: TimingDeps;
  backgroundSync: SyncDeps;
  health: HealthDeps;
  /** What the doors tell of their runs. */
  watchRun: WatchRun;
}

export interface RuntimeOptions {
  /** Standard error where standard output carries a program's answer. */
  logTo?: "stdout" | "stderr";
  /** Hears every statement that is sent to the database. */
  onStatement?: (sql: string) => void;
  /** How long to wait for a statement's answer, where that is not the usual. */
  queryTimeoutMs?: number;
}

let runtime: Runtime | undefined;

/** This process's runtime, built at the first call. @throws EnvError when the environment is wrong. */
export function getRuntime(): Runtime {
  runtime ??= createRuntime(readEnv());
  return runtime;
}

/** The process's environment, with what a command line changes in it. @throws EnvError */
export function readEnv(changes: Record<string, string> = {}): Env {
  return parseEnv({ ...process.env, ...changes });
}

/** The composition root: the only place that knows which parts are put together. */
export function createRuntime(env: Env, options: RuntimeOptions = {}): Runtime {
  if (env.DATABASE_URL === undefined) throw new EnvError("DATABASE_URL is not set. It names the PostgreSQL database.");
  const db = createDb(env.DATABASE_URL, options);
  const log = createLogger({ level: env.LOG_LEVEL, ...(options.logTo && { to: options.logTo }) });
  const clock = systemClock;
  const newId = randomUUID;
  const base = { db, clock, log };
  const providers = providerSettingsOf(env);
  // One set of accounts: whatever asks a provider, for whichever feature, shares the account's rate.
  const accounts = new Accounts(db);
  const openSession = createOpenSession(db, accounts, providers);
  const reconcile = { ...base, newId, openSession, settings: reconcileSettingsOf(env) };
  const openSender = createOpenSender(db, accounts, providers);
  const followups = { ...base, newId, openSender, chooseSender, settings: followUpSettingsOf(env) };
  const health: HealthDeps = {
    ...{ db, log, jobs: WATCHED_JOBS },
    lagProbes: {
      "appointment-reconcile": () => measureReconcileLag(reconcile),
      followups: () => measureFollowUpLag(followups),
    },
    postAlert: createPostAlert(env.ALERT_WEBHOOK_URL),
    sendHeartbeat: createSendHeartbeat(env.heartbeatUrls),
  };
  return {
    env,
    ...base,
    reconcile,
    followups,
    responseTiming: {
      ...base,
      settings: { lookbackDays: env.RESPONSE_TIMING_LOOKBACK_DAYS, batchSize: env.RESPONSE_TIMING_BATCH_SIZE },
    },
    backgroundSync: {
      ...base,
      openSession: createOpenSyncSession(db, accounts, providers),
      settings: { staleMinutes: env.BACKGROUND_SYNC_STALE_MINUTES, batchSize: env.BACKGROUND_SYNC_BATCH_SIZE },
    },
    health,
    watchRun: createWatchRun(health),
  };
}

function providerSettingsOf(env: Env): ProviderSettings {
  return {
    ghlBaseUrl: env.GHL_API_BASE_URL,
    calendlyBaseUrl: env.CALENDLY_API_BASE_URL,
    kapsoBaseUrl: env.KAPSO_API_BASE_URL,
    ghlRequestsPer10s: env.GHL_REQUESTS_PER_10S,
    calendlyRequestsPerMinute: env.CALENDLY_REQUESTS_PER_MINUTE,
    kapsoRequestsPerMinute: env.KAPSO_REQUESTS_PER_MINUTE,
    timeoutMs: env.PROVIDER_TIMEOUT_MS,
    circuit: {
      errorRate: env.RECONCILE_CIRCUIT_BREAKER_ERROR_RATE,
      checksMin: env.RECONCILE_CIRCUIT_BREAKER_MIN_CHECKS,
      cooldownMs: env.CIRCUIT_COOLDOWN_SECONDS * SECOND_MS,
    },
  };
}

function reconcileSettingsOf(env: Env): ReconcileDeps["settings"] {
  return {
    workspaceLimit: env.RECONCILE_WORKSPACE_LIMIT,
    leadsPerWorkspace: env.RECONCILE_LEADS_PER_WORKSPACE,
    staleDays: env.RECONCILE_STALE_DAYS,
    hotMinutes: env.RECONCILE_HOT_MINUTES,
    workspaceConcurrency: env.RECONCILE_WORKSPACE_CONCURRENCY,
    leadConcurrency: env.RECONCILE_LEAD_CONCURRENCY,
    errorRate: env.RECONCILE_CIRCUIT_BREAKER_ERROR_RATE,
    checksMin: env.RECONCILE_CIRCUIT_BREAKER_MIN_CHECKS,
  };
}

/**
 * A page of claims is about what a workspace sends in a second or two, so that turns are short; a few messages at a time
 * come to any account's rate. Together they stay below the connections of the pool.
 */
function followUpSettingsOf(env: Env): FollowUpDeps["settings"] {
  return { workspaceConcurrency: 4, sendConcurrency: 2, claimsPerTurn: 20, sendTimeoutMs: env.PROVIDER_TIMEOUT_MS };
}
