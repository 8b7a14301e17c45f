/** A conversation with one lead on one channel. */
export interface ThreadKey {
  leadId: string;
  channel: string;
}

/** A thread, or what has to be derived again of it. */
export interface ThreadPart extends ThreadKey {
  /** When the first message was sent that is other than it was; null or left out for the whole thread. */
  fromSentAt?: Date | null;
}

/** A message, as far as timing looks at it. */
export interface MessageRow {
  id: string;
  direction: "inbound" | "outbound";
  sentBy: string | null;
  sentByUserId: string | null;
  aiDraftId: string | null;
  kind: string | null;
  deliveryStatus: string | null;
  sentAt: Date;
  createdAt: Date;
  deletedAt: Date | null;
}

export interface DraftRow {
  id: string;
  triggerMessageId: string | null;
}

export interface JobRow {
  id: string;
  type: string;
  messageId: string;
  draftId: string | null;
  runAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  createdAt: Date;
}

/** Between how many seconds a draft waits before it is sent by itself. */
export interface DelayBounds {
  minSeconds: number;
  maxSeconds: number;
}

/** The bounds that the row of an inbound message has saved; null where it has saved none yet. */
export interface SnapshotRow {
  inboundMessageId: string;
  aiDelayMinSeconds: number | null;
  aiDelayMaxSeconds: number | null;
}

/** Everything that decides a thread's events, in any order. */
export interface ThreadRows extends ThreadKey {
  clientId: string;
  /** All of the thread's messages, those included that do not count. */
  messages: readonly MessageRow[];
  /** At least the drafts that messages of the thread triggered; others do no harm. */
  drafts: readonly DraftRow[];
  /** At least the jobs of those drafts. */
  jobs: readonly JobRow[];
  /** What the lead's campaign says now; null without a campaign. */
  campaignBounds: DelayBounds | null;
  /** What the rows of these messages have saved, also rows that another thread made. */
  snapshots: readonly SnapshotRow[];
}

/** A row of `ResponseTimingEvent`, but for what the table itself adds: `id`, `createdAt`, `updatedAt`. */
export interface DerivedEvent {
  clientId: string;
  leadId: string;
  channel: string;
  inboundMessageId: string;
  inboundSentAt: Date;
  streakStartedAt: Date;
  streakCount: number;
  setterResponseMessageId: string | null;
  setterResponseSentAt: Date | null;
  setterSentByUserId: string | null;
  setterResponseMs: bigint | null;
  setterSameTurn: boolean | null;
  aiDraftId: string | null;
  aiResponseMessageId: string | null;
  aiResponseSentAt: Date | null;
  aiResponseMs: bigint | null;
  aiDelayMinSeconds: number | null;
  aiDelayMaxSeconds: number | null;
  aiChosenDelaySeconds: number | null;
  aiActualDelaySeconds: number | null;
  aiBackgroundJobId: string | null;
  aiScheduledRunAt: Date | null;
  aiJobStartedAt: Date | null;
  aiJobFinishedAt: Date | null;
  firstResponder: "setter" | "ai" | null;
  anomaly: "clock_skew" | null;
}
