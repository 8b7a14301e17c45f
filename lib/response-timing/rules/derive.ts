import { computeChosenDelaySeconds } from "@/lib/background-jobs/delayed-auto-send";
import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { DerivedEvent, DraftRow, JobRow, MessageRow, ThreadRows } from "../records";
import { eligibleMessages } from "./eligible";
import { compareByAge } from "./order";

/** A time of sending this much after the row was written cannot be right; clocks that differ by less are usual. */
const CLOCK_SKEW_MAX_MS = 5 * MINUTE_MS;

/** The one type of job that sends a draft after a delay. */
const DELAYED_SEND = "AI_AUTO_SEND_DELAYED";

/**
 * The events of a thread, one for each anchor, in the thread's order: the definitions as they read, with no regard to
 * what it costs. This is what the statements that do the same to many threads at once are held to.
 */
export function deriveEvents(thread: ThreadRows): DerivedEvent[] {
  const messages = eligibleMessages(thread.messages);
  return messages.flatMap((message, index) => {
    const after = messages.slice(index + 1);
    if (message.direction !== "inbound" || after[0]?.direction !== "outbound") return [];
    return [deriveEvent(thread, { anchor: message, streak: streakBefore(messages, index), after })];
  });
}

/** An answered stretch of what a lead wrote. */
interface Turn {
  /** The last message of the streak. */
  anchor: MessageRow;
  /** The unbroken run of inbound messages that ends in the anchor. */
  streak: readonly MessageRow[];
  /** Everything in the thread after the anchor. */
  after: readonly MessageRow[];
}

function deriveEvent(thread: ThreadRows, turn: Turn): DerivedEvent {
  const { clientId, leadId, channel } = thread;
  const { anchor, streak, after } = turn;
  const setter = after.find(isSetterResponse) ?? null;
  const answer = findAiAnswer(thread, turn);
  const responses = [setter, answer?.message].filter((message) => message != null);
  const first = after.find((message) => responses.includes(message));
  return {
    ...{ clientId, leadId, channel },
    inboundMessageId: anchor.id,
    inboundSentAt: anchor.sentAt,
    streakStartedAt: (streak[0] ?? anchor).sentAt,
    streakCount: streak.length,
    ...describeSetter(turn, setter),
    ...describeAi(turn, answer),
    ...describeDelay(thread, turn, answer),
    firstResponder: first === undefined ? null : first === setter ? "setter" : "ai",
    anomaly: responses.some((response) => isSkewed(anchor, response)) ? "clock_skew" : null,
  };
}

function streakBefore(messages: readonly MessageRow[], anchorIndex: number): MessageRow[] {
  const lastOutbound = messages.slice(0, anchorIndex).findLastIndex(({ direction }) => direction === "outbound");
  return messages.slice(lastOutbound + 1, anchorIndex + 1);
}

function isSetterResponse({ direction, sentBy, sentByUserId }: MessageRow): boolean {
  return direction === "outbound" && sentBy === "setter" && sentByUserId !== null;
}

function describeSetter({ anchor, after }: Turn, response: MessageRow | null) {
  const between = response ? after.slice(0, after.indexOf(response)) : [];
  return {
    setterResponseMessageId: response?.id ?? null,
    setterResponseSentAt: response?.sentAt ?? null,
    setterSentByUserId: response?.sentByUserId ?? null,
    setterResponseMs: response && durationMs(anchor, response),
    setterSameTurn: response && !between.some(({ direction }) => direction === "inbound"),
  };
}

/** What the AI answered, with the draft that it sent and the job that sent it. */
interface AiAnswer {
  message: MessageRow;
  draft: DraftRow & { triggerMessageId: string };
  job: JobRow | null;
}

/** The first of the messages after the anchor that sent a draft which some message of the streak had triggered. */
function findAiAnswer({ drafts, jobs }: ThreadRows, { streak, after }: Turn): AiAnswer | null {
  const ids = new Set(streak.map(({ id }) => id));
  const triggered = new Map(
    drafts.flatMap(({ id, triggerMessageId }) =>
      triggerMessageId !== null && ids.has(triggerMessageId) ? [[id, { id, triggerMessageId }]] : [],
    ),
  );
  for (const message of after) {
    if (message.direction !== "outbound" || message.sentBy !== "ai" || message.aiDraftId === null) continue;
    const draft = triggered.get(message.aiDraftId);
    if (draft) return { message, draft, job: findJob(jobs, draft) };
  }
  return null;
}

/** The newest job that was to send the draft, whatever became of it. */
function findJob(jobs: readonly JobRow[], draft: AiAnswer["draft"]): JobRow | null {
  const ofDraft = jobs.filter(
    ({ type, draftId, messageId }) =>
      type === DELAYED_SEND && draftId === draft.id && messageId === draft.triggerMessageId,
  );
  return ofDraft.toSorted(compareByAge).at(-1) ?? null;
}

function describeAi({ anchor }: Turn, answer: AiAnswer | null) {
  const responseMs = answer && durationMs(anchor, answer.message);
  return {
    aiDraftId: answer?.draft.id ?? null,
    aiResponseMessageId: answer?.message.id ?? null,
    aiResponseSentAt: answer?.message.sentAt ?? null,
    aiResponseMs: responseMs,
    aiActualDelaySeconds: responseMs === null ? null : Number(responseMs / BigInt(SECOND_MS)),
    aiBackgroundJobId: answer?.job?.id ?? null,
    aiScheduledRunAt: answer?.job?.runAt ?? null,
    aiJobStartedAt: answer?.job?.startedAt ?? null,
    aiJobFinishedAt: answer?.job?.finishedAt ?? null,
  };
}

/** Bounds once saved stay, even without the answer that they were saved for; only an answer brings new ones. */
function describeDelay({ snapshots, campaignBounds }: ThreadRows, { anchor }: Turn, answer: AiAnswer | null) {
  const saved = snapshots.find(({ inboundMessageId }) => inboundMessageId === anchor.id);
  const current = answer && campaignBounds;
  const min = saved?.aiDelayMinSeconds ?? current?.minSeconds ?? null;
  const max = saved?.aiDelayMaxSeconds ?? current?.maxSeconds ?? null;
  const known = answer !== null && min !== null && max !== null;
  return {
    aiDelayMinSeconds: min,
    aiDelayMaxSeconds: max,
    aiChosenDelaySeconds: known ? computeChosenDelaySeconds(answer.draft.triggerMessageId, min, max) : null,
  };
}

/** From one message to the other, or null where either's clock cannot be believed: counted, never clamped. */
function durationMs(anchor: MessageRow, response: MessageRow): bigint | null {
  if (isSkewed(anchor, response)) return null;
  return BigInt(response.sentAt.getTime() - anchor.sentAt.getTime());
}

function isSkewed(...messages: MessageRow[]): boolean {
  return messages.some(({ sentAt, createdAt }) => sentAt.getTime() - createdAt.getTime() > CLOCK_SKEW_MAX_MS);
}
