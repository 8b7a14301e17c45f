import { DAY_MS } from "@/lib/core/time";
import { type ConversationMessage, isWritten, lastReplyAt, latest } from "./replied";

/** A conversation in which nobody said a word for so long is over, unless we take it up. */
const SILENCE_MS = 7 * DAY_MS;

/** What providers say of a message that never arrived. */
const NOT_DELIVERED: readonly (string | null)[] = ["failed", "bounced"];

/**
 * Whether a lead that replied has fallen silent since: the last message is ours, and both it and the lead's last are at
 * least seven days old.
 *
 * Ours is whatever reached the lead in our name, a sequence's or a campaign's message too; what failed or bounced answered
 * nobody, and so did an automatic reply of either side. Where two came at the same time, the lead's is the last. Without a
 * message of the lead's nothing is known of its silence: it is not ghosted.
 */
export function isGhosted(messages: readonly ConversationMessage[], now: Date): boolean {
  const [oursAt, theirsAt] = [lastOutboundAt(messages), lastReplyAt(messages)];
  if (oursAt === null || theirsAt === null) return false;
  // The later of the two is old enough, and so is the other.
  return oursAt > theirsAt && now.getTime() - oursAt.getTime() >= SILENCE_MS;
}

/** When we last reached the lead, on whatever channel; null if never. */
export function lastOutboundAt(messages: readonly ConversationMessage[]): Date | null {
  const ours = messages.filter((message) => message.direction === "outbound" && isWritten(message));
  return latest(ours.filter((message) => !NOT_DELIVERED.includes(message.deliveryStatus)));
}
