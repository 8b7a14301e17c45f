import type { MessageRow } from "../records";
import { compareMessages } from "./order";

/** Kinds of outbound messages that nobody wrote as an answer. */
const UNASKED_KINDS: readonly (string | null)[] = ["sequence", "campaign", "system", "auto_reply"];

/** Outbound messages that came to this never reached the person. */
const UNDELIVERED: readonly (string | null)[] = ["failed", "bounced"];

/** The messages that a thread's timing is made of, in its order: those that exist for it and are not transparent. */
export function eligibleMessages(messages: readonly MessageRow[]): MessageRow[] {
  return messages.filter((message) => exists(message) && !isTransparent(message)).toSorted(compareMessages);
}

function exists({ deletedAt, kind }: MessageRow): boolean {
  return deletedAt === null && kind !== "reaction";
}

/** Never an anchor, never a response, and closes nothing: the conversation goes on around it. */
function isTransparent({ direction, kind, deliveryStatus }: MessageRow): boolean {
  if (direction === "inbound") return kind === "auto_reply";
  return UNASKED_KINDS.includes(kind) || UNDELIVERED.includes(deliveryStatus);
}
