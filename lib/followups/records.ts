import type { StepFacts, TaskContent } from "./rules/facts";

/** What the engine knows of a workspace when it sends for it. Credentials go to senders and nowhere else. */
export interface SendingWorkspace {
  id: string;
  ghlLocationId: string | null;
  ghlPrivateKey: string | null;
  kapsoPhoneId: string | null;
  kapsoApiKey: string | null;
  metaAccessToken: string | null;
}

/** The channels that a machine can send on. */
export const SEND_CHANNELS = ["email", "sms", "whatsapp"] as const;
export type SendChannel = (typeof SEND_CHANNELS)[number];

/** What the ledger says of one step of an instance's present round. */
export interface SendRecord {
  stepOrder: number;
  status: "sending" | "sent" | "not_sent" | "refused" | "unknown";
  /** How often it was tried. */
  attempts: number;
}

/** A due instance with all that the decision about it rests on. */
export interface DueInstance {
  id: string;
  leadId: string;
  /** Under which claim it is; null where nobody has it. */
  claimToken: string | null;
  facts: Omit<StepFacts, "now" | "senders">;
  sends: readonly SendRecord[];
}

/** What an instance becomes. It is written only if the instance still is what the decision was made about. */
export interface InstanceChange {
  id: string;
  leadId: string;
  /** The instance's `startedAt` and `currentStep` when it was read. */
  round: Date;
  fromStep: number;
  status: "active" | "paused" | "completed";
  pausedReason: string | null;
  currentStep: number;
  /** Null leaves it as it is: nothing was done for the lead. */
  lastStepAt: Date | null;
  nextStepDue: Date | null;
}

/** A task that a step leaves for people. */
export interface StepTask extends TaskContent {
  leadId: string;
  instanceId: string;
  stepOrder: number;
  /** Names the step of a round: the same key never makes a second task. */
  effectKey: string;
}
