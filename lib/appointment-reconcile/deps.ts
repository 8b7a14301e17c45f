import type { Logger } from "@/lib/core/log";
import type { Clock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { LeadChange } from "./change";
import type { AppointmentSourceName } from "./records";
import type { OpenSession } from "./session";

/** How much one run does, and how patiently. The environment gives the defaults; a call's parameters win. */
export interface ReconcileSettings {
  workspaceLimit: number;
  leadsPerWorkspace: number;
  /** A warm lead is looked at again after this many days. */
  staleDays: number;
  /** A hot lead is looked at again after this many minutes. */
  hotMinutes: number;
  workspaceConcurrency: number;
  leadConcurrency: number;
  /** The run's own breaker: trips at this share of failed checks, 0 to 1, */
  errorRate: number;
  /** and not before this many checks. */
  checksMin: number;
}

/** What the reconcile feature works with. */
export interface ReconcileDeps {
  db: Db;
  clock: Clock;
  log: Logger;
  openSession: OpenSession;
  settings: ReconcileSettings;
  newId(): string;
  /** Hears of every lead that a run changes, once it is written; of every one that a dry run would change. */
  onChange?(change: LeadChange): void;
  /** Called between any two steps that a crash could part. Tests end the process there. */
  onStep?(step: ReconcileStep): void;
}

/** The points between which a process may die without anything being lost or done twice. */
export const RECONCILE_STEPS = [
  "lease_taken",
  "page_read",
  "observed",
  "lead_locked",
  "appointments_written",
  "roll_up_written",
  "effects_written",
  "lead_committed",
  "watermarks_moved",
  "circuit_recorded",
  "turn_marked",
] as const;
export type ReconcileStep = (typeof RECONCILE_STEPS)[number];

/** How the checks of one run differ from those of another. */
export interface CheckOptions {
  /** What is written on appointments that this run changes. */
  source: AppointmentSourceName;
  /** Works out every change and writes none. */
  dryRun: boolean;
  /** Roll-ups only: no task, no sequence, no status. */
  skipSideEffects: boolean;
}
