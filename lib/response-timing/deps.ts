import type { Logger } from "@/lib/core/log";
import type { Clock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";

/** How much one run does. The environment gives the defaults; a call's parameters win. */
export interface TimingSettings {
  /** Anchors sent longer ago are left as they are. */
  lookbackDays: number;
  /** Threads per transaction, at most. */
  batchSize: number;
}

/** What response timing works with. */
export interface TimingDeps {
  db: Db;
  clock: Clock;
  log: Logger;
  settings: TimingSettings;
  /** Called and waited for between any two steps. Tests end the process there, or let others in between. */
  onStep?(step: TimingStep): void | Promise<void>;
}

/** The points between which a process may die without anything being lost or done twice. */
export const TIMING_STEPS = [
  "changes_taken",
  "threads_locked",
  "threads_recomputed",
  "changes_removed",
  "batch_committed",
  "drift_noted",
  "sweep_saved",
] as const;
export type TimingStep = (typeof TIMING_STEPS)[number];

/** What a run is about. */
export interface TimingScope {
  /** Only this workspace's threads; those of all if undefined. */
  clientId: string | undefined;
  lookbackDays: number;
  /** Where the lookback begins. */
  since: Date;
  batchSize: number;
}
