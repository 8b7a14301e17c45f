import type { KapsoMessage } from "./kapso-model";
import { toConversation, toMessage } from "./kapso-wire";
import type { Random } from "./random";

/** What a webhook's receiver gets: the event's name is in a header, not in the body. */
export interface KapsoWebhook {
  headers: Record<string, string>;
  body: { message: Record<string, unknown>; conversation: Record<string, unknown>; phone_number_id: string };
}

/** How badly webhooks are delivered; each a share of the messages, from 0 to 1. */
export interface WebhookLuck {
  dropped?: number;
  duplicated?: number;
  /** So many of what is left change places with another. */
  reordered?: number;
}

/**
 * The webhooks of these messages as they arrive, which is not as they were sent: some never, some twice, some in
 * another order. The same `random` gives the same luck.
 */
export function deliverWebhooks(messages: readonly KapsoMessage[], luck: WebhookLuck, random: Random): KapsoWebhook[] {
  const { dropped = 0, duplicated = 0, reordered = 0 } = luck;
  const arriving = messages
    .filter(() => random() >= dropped)
    .flatMap((message) => (random() < duplicated ? [message, message] : [message]));
  return shuffle(arriving, reordered, random).map(toWebhook);
}

function shuffle<T>(items: readonly T[], share: number, random: Random): T[] {
  const order = items.map((item, index) => ({ item, at: random() < share ? random() * items.length : index }));
  return order.toSorted((a, b) => a.at - b.at).map(({ item }) => item);
}

function toWebhook(message: KapsoMessage): KapsoWebhook {
  const event = message.direction === "inbound" ? "received" : "sent";
  return {
    headers: {
      "X-Webhook-Event": `whatsapp.message.${event}`,
      "X-Idempotency-Key": message.id,
      "X-Webhook-Payload-Version": "v2",
    },
    body: {
      message: toMessage(message),
      // Webhooks write the number with a plus, whatever listings do.
      conversation: { ...toConversation(message.conversation), phone_number: plusPhone(message) },
      phone_number_id: message.conversation.number.id,
    },
  };
}

function plusPhone({ conversation: { person } }: KapsoMessage): string | null {
  return "phone" in person ? `+${person.phone.replaceAll(/\D/g, "")}` : null;
}
