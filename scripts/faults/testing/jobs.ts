import { RECONCILE_STEPS } from "@/lib/appointment-reconcile/deps";
import type { Runtime } from "@/lib/runtime";

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
  /** The points between which its process may die. */
  steps: readonly string[];
  load(): Promise<Route>;
  /** Has a process's runs tell their steps. */
  listen(runtime: Runtime, hear: (step: string) => void): void;
}

export const CRON_JOBS: readonly CronJob[] = [
  {
    name: "appointment-reconcile",
    path: "/api/cron/appointment-reconcile",
    everythingIsDue: { hotMinutes: "0", staleDays: "0", leadsPerWorkspace: "1000", workspaceLimit: "500" },
    roomForAll: { leadsPerWorkspace: "1000", workspaceLimit: "500" },
    steps: RECONCILE_STEPS,
    load: () => import("@/app/api/cron/appointment-reconcile/route"),
    listen: ({ reconcile }, hear) => {
      reconcile.onStep = hear;
    },
  },
];

/** A backfill as faults are thrown at it. A new one joins by an entry in `BACKFILL_JOBS`. */
export interface BackfillJob {
  name: string;
  /** Runs the command, and dies where the environment says. */
  worker: string;
  /** Flags under which it goes through everything, in small pages. */
  flags: readonly string[];
  steps: readonly string[];
}

/** What a backfill does not do: it takes no turns in a fair order, and leaves the circuit's record to its session. */
const CRON_ONLY_STEPS: readonly string[] = ["circuit_recorded", "turn_marked"];

export const BACKFILL_JOBS: readonly BackfillJob[] = [
  {
    name: "appointments",
    worker: "scripts/faults/testing/workers/backfill-appointments.ts",
    flags: ["--stale-days", "0", "--page-size", "10", "--client-concurrency", "3"],
    steps: RECONCILE_STEPS.filter((step) => !CRON_ONLY_STEPS.includes(step)),
  },
];
