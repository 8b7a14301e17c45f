import type { OutgoingMessage, SendChannel, SenderProvider } from "../sender";
import type { StepOffset } from "./due";
import type { StepChannel } from "./reach";
import type { ReplyMarks } from "./replied";
import type { BookedFacts } from "./stops";

/** A row of `FollowUpStep`. */
export interface SequenceStep extends StepOffset {
  stepOrder: number;
  channel: StepChannel;
  subject: string | null;
  messageTemplate: string;
  /** As the column has it: it may be anything. */
  condition: unknown;
  requiresApproval: boolean;
}

/** All that the decision about one instance rests on, read at one time. */
export interface StepFacts {
  now: Date;
  instance: ReplyMarks & { status: string; currentStep: number; nextStepDue: Date | null };
  /** Its steps as they are now, in any order: some may have gone since the instance started. */
  sequence: { isActive: boolean; triggerOn: string | null; steps: readonly SequenceStep[] };
  lead: BookedFacts & {
    firstName: string | null;
    lastName: string | null;
    email: string | null;
    phone: string | null;
    ghlContactId: string | null;
    autoFollowUpEnabled: boolean;
    enrichmentStatus: string | null;
    timezone: string | null;
    snoozedUntil: Date | null;
  };
  workspace: {
    name: string;
    timezone: string;
    workStartTime: string;
    workEndTime: string;
    followUpsPausedUntil: Date | null;
  };
  /** What `ChooseSender` says of the workspace, for each channel. */
  senders: Record<SendChannel, SenderProvider | null>;
  /** When the lead last wrote, on whatever channel: `lastReplyAt`. */
  lastReplyAt: Date | null;
  /** When follow-ups last sent to this lead on each channel, in whichever sequence. */
  lastTouchAt: Record<SendChannel, Date | null>;
}

/** What stops a step without a change to its instance: it is let go, and looked at again when it can be claimed again. */
export type Prevention =
  | "instance_closed"
  | "not_due"
  | "sequence_inactive"
  | "opted_out"
  /** The backstop completes it, and says which booking path did not. */
  | "booked"
  | "workspace_paused";

/** As `FollowUpInstance.pausedReason` has it. */
export type PauseReason =
  | "lead_replied"
  | "lead_snoozed"
  | "awaiting_enrichment"
  | "no_sender"
  | "malformed_condition"
  | `missing_lead_data: ${string}`;

/** What is to be done about one due instance. */
export type StepDecision =
  | { kind: "prevented"; by: Prevention }
  /** `detail` is for the log, where the reason leaves something to say. */
  | { kind: "pause"; reason: PauseReason; detail: string | null }
  | { kind: "complete"; reason: "finished" }
  /** `nextStepDue` becomes `until`; the step is judged anew then. */
  | { kind: "defer"; until: Date; because: "outside_window" | "touched_today" }
  /** The step counts as done now, and `nextDue` says what comes after it. */
  | { kind: "skip_step"; step: SequenceStep; because: "condition" }
  /** After a `person` task the step counts as done now; an `approval` pauses the instance until somebody has dealt with it. */
  | { kind: "task"; task: "person" | "approval"; step: SequenceStep; content: TaskContent }
  | { kind: "send"; step: SequenceStep; provider: SenderProvider; message: OutgoingMessage };

/** The columns of the `FollowUpTask` that a step leaves. */
export interface TaskContent {
  type: StepChannel;
  /** The first instant at which the lead may be approached. */
  dueDate: Date;
  subject: string | null;
  suggestedMessage: string | null;
}
