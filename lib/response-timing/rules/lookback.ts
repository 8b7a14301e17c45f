import type { DerivedEvent } from "../records";

/**
 * The rows that a recomputation leaves: what was derived, where its anchor lies in the lookback; what was stored, where
 * it does not. A row counts as inside by when its message is sent now or was when the row was made.
 * @param sentAtNow when each of the messages is sent now, deleted ones included; one that is gone is not in it
 */
export function settleRows<Stored extends Pick<DerivedEvent, "inboundMessageId" | "inboundSentAt">>(
  stored: readonly Stored[],
  derived: readonly DerivedEvent[],
  sentAtNow: ReadonlyMap<string, Date>,
  since: Date,
): (Stored | DerivedEvent)[] {
  const before = new Map(stored.map((row) => [row.inboundMessageId, row]));
  const after = new Map(derived.map((row) => [row.inboundMessageId, row]));
  const messageIds = [...new Set([...before.keys(), ...after.keys()])];
  return messageIds.flatMap((messageId) => {
    const times = [before.get(messageId)?.inboundSentAt, sentAtNow.get(messageId)];
    const isInside = times.some((time) => time !== undefined && time >= since);
    const row = (isInside ? after : before).get(messageId);
    return row ? [row] : [];
  });
}
