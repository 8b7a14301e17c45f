import { MINUTE_MS } from "@/lib/core/time";
import type { DerivedEvent, DraftRow, JobRow, MessageRow, ThreadRows } from "../records";
import { deriveEvents } from "./derive";

/** So many minutes after the thread begins. */
export function minute(minutes: number): Date {
  return new Date(Date.parse("2030-03-04T09:00:00Z") + minutes * MINUTE_MS);
}

type Fields = Partial<MessageRow>;

/** The lead writes. */
export function inbound(id: string, minutes: number, fields: Fields = {}): MessageRow {
  return message(id, minutes, { direction: "inbound", ...fields });
}

/** A person of ours writes. */
export function setter(id: string, minutes: number, fields: Fields = {}): MessageRow {
  return message(id, minutes, { direction: "outbound", sentBy: "setter", sentByUserId: "user-1", ...fields });
}

/** The AI writes what was drafted. */
export function ai(id: string, minutes: number, aiDraftId: string | null, fields: Fields = {}): MessageRow {
  return message(id, minutes, { direction: "outbound", sentBy: "ai", aiDraftId, ...fields });
}

/** Something of ours goes out, and nothing says who wrote it. */
export function unsigned(id: string, minutes: number, fields: Fields = {}): MessageRow {
  return message(id, minutes, { direction: "outbound", ...fields });
}

function message(id: string, minutes: number, fields: Fields & Pick<MessageRow, "direction">): MessageRow {
  const nobody = { sentBy: null, sentByUserId: null, aiDraftId: null };
  const sentAt = fields.sentAt ?? minute(minutes);
  const times = { sentAt, createdAt: sentAt, deletedAt: null };
  return { id, ...nobody, kind: "reply", deliveryStatus: "delivered", ...times, ...fields };
}

export function draft(id: string, triggerMessageId: string | null): DraftRow {
  return { id, triggerMessageId };
}

/** A job that is to send the draft of that message, made and due at `minutes`. */
export function job(
  id: string,
  minutes: number,
  of: [draftId: string, messageId: string],
  fields: Partial<JobRow> = {},
) {
  const [draftId, messageId] = of;
  const times = { runAt: minute(minutes), startedAt: null, finishedAt: null, createdAt: minute(minutes) };
  return { id, type: "AI_AUTO_SEND_DELAYED", draftId, messageId, ...times, ...fields };
}

/** A thread of these messages. Its lead is in a campaign that sends after 180 to 420 seconds. */
export function thread(messages: readonly MessageRow[], rest: Partial<ThreadRows> = {}): ThreadRows {
  const key = { clientId: "client-1", leadId: "lead-1", channel: "sms" };
  const campaignBounds = { minSeconds: 180, maxSeconds: 420 };
  return { ...key, messages, drafts: [], jobs: [], snapshots: [], campaignBounds, ...rest };
}

/** The one event of a thread of these messages. */
export function eventOf(messages: readonly MessageRow[], rest: Partial<ThreadRows> = {}): DerivedEvent {
  const [event, ...others] = deriveEvents(thread(messages, rest));
  if (!event || others.length > 0) throw new Error(`the thread has ${event ? others.length + 1 : 0} events, not one`);
  return event;
}

/** The messages that are anchors, in the thread's order. */
export function anchorsOf(messages: readonly MessageRow[]): string[] {
  return deriveEvents(thread(messages)).map(({ inboundMessageId }) => inboundMessageId);
}
