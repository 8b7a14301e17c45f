import type { Delivery, StoredLead } from "../../demo/follow-ups/witnessed";

/**
 * A lead whose sends and messages have the provider's names where we never heard them, because the answer could not be
 * read: each send is one of those that the person got on this channel and that nothing on record names. A send that
 * nobody got stays without a name, and so does its message.
 */
export function findNames(lead: StoredLead, deliveries: readonly Delivery[]): StoredLead {
  const known = new Set([...lead.messages, ...lead.followUpSends].map(({ externalId }) => externalId));
  const unnamed = deliveries.filter(({ externalId }) => !known.has(externalId));
  const take = (channel: string) => {
    const place = unnamed.findIndex((delivery) => delivery.channel === channel);
    return place < 0 ? null : (unnamed.splice(place, 1)[0]?.externalId ?? null);
  };
  const names = new Map(
    lead.messages.map((message) => [momentOf(message.channel, message.sentAt), message.externalId]),
  );
  const followUpSends = lead.followUpSends.map((send) => {
    if (send.status !== "sent" || send.externalId !== null) return send;
    const key = momentOf(send.channel, send.markedAt);
    const externalId = names.get(key) ?? take(send.channel);
    names.set(key, externalId);
    return { ...send, externalId };
  });
  const messages = lead.messages.map((message) => ({
    ...message,
    externalId: message.externalId ?? names.get(momentOf(message.channel, message.sentAt)) ?? null,
  }));
  return { ...lead, followUpSends, messages };
}

/** A send and the message that is kept of it have the channel and the moment in common. */
function momentOf(channel: string, at: Date): string {
  return `${channel} ${at.toISOString()}`;
}
