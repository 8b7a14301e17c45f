import type { Logger } from "@/lib/core/log";
import type { Clock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { OpenSyncSession } from "./session";

/** How much one run does. The environment gives the defaults; a call's parameters win. */
export interface SyncSettings {
  /** A contact in whom nothing has happened for longer than this many minutes is stale. */
  staleMinutes: number;
  /** Flags at most so many contacts of a workspace in a run. */
  batchSize: number;
}

/** What background sync works with. */
export interface SyncDeps {
  db: Db;
  clock: Clock;
  log: Logger;
  openSession: OpenSyncSession;
  settings: SyncSettings;
  /** Called between any two steps that a crash could part. Tests end the process there. */
  onStep?(step: SyncStep): void;
}

/** The points between which a process may die without anything being lost or done twice. */
export const SYNC_STEPS = [
  "lease_taken",
  "conversations_read",
  "contacts_matched",
  "messages_read",
  "messages_compared",
  "messages_recovered",
  "verified",
  "flagged",
  "turn_recorded",
] as const;
export type SyncStep = (typeof SYNC_STEPS)[number];
