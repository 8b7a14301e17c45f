import type { Logger } from "@/lib/core/log";
import type { Clock, Deadline } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { ChooseSender, OpenSender } from "./sender";

/** How much one run does at a time. */
export interface FollowUpSettings {
  /** Workspaces whose turns run beside each other. */
  workspaceConcurrency: number;
  /** Messages of one workspace that are under way at once. */
  sendConcurrency: number;
  /** Instances that a workspace gets in one turn, before others have theirs. */
  claimsPerTurn: number;
  /** How long a provider may take over one message. */
  sendTimeoutMs: number;
}

/** What the follow-ups feature works with. */
export interface FollowUpDeps {
  db: Db;
  clock: Clock;
  log: Logger;
  openSender: OpenSender;
  chooseSender: ChooseSender;
  settings: FollowUpSettings;
  newId(): string;
  /** Called between any two steps that a crash could part; awaited, so that a test can let something happen there. */
  onStep?(step: FollowUpStep): void | Promise<void>;
}

/** What each step of a run works with. */
export interface StepScope {
  db: Db;
  now: Date;
  /** Only this workspace's instances. */
  clientId?: string | undefined;
  /** Counts, and changes nothing. */
  dryRun?: boolean | undefined;
  /** Ends the step early; what is left is for another run. */
  deadline?: Pick<Deadline, "passed"> | undefined;
  log?: Logger | undefined;
}

/** The points between which a process may die without a message being sent twice or lost sight of. */
export const FOLLOW_UP_STEPS = [
  "lease_taken",
  "recovered",
  "claimed",
  "planned",
  "settled",
  "send_due",
  "marking",
  "marked",
  "sent",
  "recording",
  "recorded",
] as const;
export type FollowUpStep = (typeof FOLLOW_UP_STEPS)[number];
