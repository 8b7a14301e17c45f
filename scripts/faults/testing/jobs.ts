import { RECONCILE_STEPS } from "@/lib/appointment-reconcile/deps";
import { SYNC_STEPS } from "@/lib/background-sync/deps";
import { FOLLOW_UP_STEPS } from "@/lib/followups/deps";
import { TIMING_STEPS } from "@/lib/response-timing/deps";
import type { Runtime } from "@/lib/runtime";
import { CONVERSATIONS, MEETINGS, SEQUENCES, type Size } from "./world";

type Handler = (request: Request) => Promise<Response>;
export type Route = Record<"GET" | "POST" | "HEAD", Handler>;

/** A cron as faults are thrown at it. A new one joins by an entry in `CRON_JOBS`. */
export interface CronJob {
  name: string;
  path: string;
  /** The parameters under which nobody has to wait until they are due. */
  everythingIsDue: Record<string, string>;
  /** The parameters of an ordinary tick that has room for everybody. */
  roomForAll: Record<string, string>;
  /** A world that gives it something to do. */
  size: Size;
  /** The points between which its process may die, in a world's first act. */
  steps: readonly string[];
  /** Where it has its lease, is yet to do its work, and holds no transaction open; null where there is no such point. */
  fallsAsleepAt: string | null;
  load(): Promise<Route>;
  /** Has a process's runs tell their steps. */
  listen(runtime: Runtime, hear: (step: string) => void): void;
}

export const RECONCILE: CronJob = {
  name: "appointment-reconcile",
  path: "/api/cron/appointment-reconcile",
  everythingIsDue: { hotMinutes: "0", staleDays: "0", leadsPerWorkspace: "1000", workspaceLimit: "500" },
  roomForAll: { leadsPerWorkspace: "1000", workspaceLimit: "500" },
  size: MEETINGS,
  steps: RECONCILE_STEPS,
  fallsAsleepAt: "observed",
  load: () => import("@/app/api/cron/appointment-reconcile/route"),
  listen: ({ reconcile }, hear) => {
    reconcile.onStep = hear;
  },
};

export const FOLLOW_UPS: CronJob = {
  name: "followups",
  path: "/api/cron/followups",
  everythingIsDue: {},
  roomForAll: {},
  size: SEQUENCES,
  steps: FOLLOW_UP_STEPS,
  fallsAsleepAt: "recovered",
  load: () => import("@/app/api/cron/followups/route"),
  listen: ({ followups }, hear) => {
    followups.onStep = hear;
  },
};

/** What a run comes to only where something was written while triggers were off. */
const HEALING_STEPS: readonly string[] = ["drift_noted", "sweep_saved"];

export const RESPONSE_TIMING: CronJob = {
  name: "response-timing",
  path: "/api/cron/response-timing",
  everythingIsDue: {},
  roomForAll: {},
  size: CONVERSATIONS,
  steps: TIMING_STEPS.filter((step) => !HEALING_STEPS.includes(step)),
  fallsAsleepAt: null,
  load: () => import("@/app/api/cron/response-timing/route"),
  listen: ({ responseTiming }, hear) => {
    responseTiming.onStep = hear;
  },
};

export const BACKGROUND_SYNC: CronJob = {
  name: "background-sync",
  path: "/api/cron/background-sync",
  everythingIsDue: {},
  roomForAll: {},
  size: CONVERSATIONS,
  steps: SYNC_STEPS,
  fallsAsleepAt: "lease_taken",
  load: () => import("@/app/api/cron/background-sync/route"),
  listen: ({ backgroundSync }, hear) => {
    backgroundSync.onStep = hear;
  },
};

/** In an order in which each finds what the one before it has put on record. */
export const CRON_JOBS: readonly CronJob[] = [RECONCILE, BACKGROUND_SYNC, FOLLOW_UPS, RESPONSE_TIMING];
