/** What a rule needs to know of a message. */
export interface ConversationMessage {
  direction: "inbound" | "outbound";
  kind: string | null;
  deliveryStatus: string | null;
  sentAt: Date;
  deletedAt: Date | null;
}

/** Since when a reply counts for an instance. */
export interface ReplyMarks {
  startedAt: Date;
  /** When the last step was done; null before the first. */
  lastStepAt: Date | null;
  /** When the instance was last resumed; what came before has had its pause. */
  resumedAt: Date | null;
}

/** Whether somebody wrote this: it was not taken back, is no mere reaction, and no machine answered for them. */
export function isWritten({ kind, deletedAt }: Pick<ConversationMessage, "kind" | "deletedAt">): boolean {
  return deletedAt === null && kind !== "reaction" && kind !== "auto_reply";
}

/** When the lead last wrote, on whatever channel; null if never. */
export function lastReplyAt(messages: readonly ConversationMessage[]): Date | null {
  return latest(messages.filter((message) => message.direction === "inbound" && isWritten(message)));
}

/** Whether that stops an instance: the lead wrote after the last step, or after the start, and after the last resume. */
export function hasReplied(replyAt: Date | null, marks: ReplyMarks): boolean {
  return hasRepliedSinceStep(replyAt, marks) && isAfter(replyAt, marks.resumedAt);
}

/** What the condition `no_response` asks: a resume does not unsay a reply. */
export function hasRepliedSinceStep(replyAt: Date | null, marks: Omit<ReplyMarks, "resumedAt">): boolean {
  return isAfter(replyAt, marks.lastStepAt ?? marks.startedAt);
}

/** The latest `sentAt`; null of none. */
export function latest(messages: readonly Pick<ConversationMessage, "sentAt">[]): Date | null {
  return messages.reduce<Date | null>((last, { sentAt }) => (last && last >= sentAt ? last : sentAt), null);
}

/** Later, and not merely at the same time. Everything that is there comes after a mark that is not. */
function isAfter(at: Date | null, mark: Date | null): boolean {
  return at !== null && (mark === null || at > mark);
}
