import { digitsOf, type KapsoConversation, type KapsoMessage, type KapsoQuirks } from "./kapso-model";

export function toConversation(conversation: KapsoConversation): Record<string, unknown> {
  const { number, messages, createdAt, lastActiveAt } = conversation;
  const last = messages.at(-1);
  const lastOf = (direction: KapsoMessage["direction"]) =>
    messages.findLast((message) => message.direction === direction)?.at.toISOString() ?? null;
  return {
    id: conversation.id,
    phone_number: writePhone(conversation),
    phone_number_id: number.id,
    status: conversation.status,
    last_active_at: toMicroseconds(lastActiveAt),
    created_at: toMicroseconds(createdAt),
    updated_at: toMicroseconds(lastActiveAt),
    metadata: number.quirks.metadata === "null" ? null : {},
    kapso: {
      contact_name: "Ada Example",
      messages_count: messages.length,
      last_message_id: last?.id ?? null,
      last_message_type: last?.type ?? null,
      last_message_timestamp: last?.at.toISOString() ?? null,
      last_message_text: last?.body ?? null,
      last_inbound_at: lastOf("inbound"),
      last_outbound_at: lastOf("outbound"),
    },
  };
}

export function toMessage(message: KapsoMessage): Record<string, unknown> {
  const { conversation, direction, type, body } = message;
  const phone = phoneOf(conversation);
  return {
    id: message.id,
    timestamp: String(message.at.getTime() / 1000),
    type,
    ...(direction === "inbound" ? { from: phone } : { from: conversation.number.phone, to: phone }),
    ...contentOf(message),
    kapso: {
      direction,
      status: message.status,
      processing_status: "completed",
      origin: message.origin,
      phone_number: phone === null ? null : `+${phone}`,
      has_media: type === "image" || type === "audio" || type === "sticker",
      whatsapp_conversation_id: conversation.id,
      contact_name: "Ada Example",
      content: body,
    },
  };
}

/** What every type has under its own name. */
function contentOf({ type, body, conversation }: KapsoMessage): Record<string, unknown> {
  switch (type) {
    case "text":
      return { text: { body } };
    case "image":
      return { image: { id: "media-1", mime_type: "image/jpeg", ...(body && { caption: body }) } };
    case "audio":
    case "sticker":
      return { [type]: { id: "media-1" } };
    case "reaction":
      return { reaction: { message_id: conversation.messages[0]?.id ?? null, emoji: body } };
    case "system":
      return { system: { body, type: "user_changed_number" } };
    case "template":
      return { template: { name: "reminder", language: { code: "en" } } };
  }
}

/** How a listing names the page after this one, and says that there is none. */
export function toPaging(after: string | null, { endOfListing }: KapsoQuirks): Record<string, unknown> {
  if (after !== null) return { paging: { cursors: { before: null, after } } };
  switch (endOfListing) {
    case "null":
      return { paging: { cursors: { before: null, after: null } } };
    case "empty":
      return { paging: { cursors: {} } };
    case "missing":
      return {};
  }
}

function writePhone(conversation: KapsoConversation): string | null {
  const phone = phoneOf(conversation);
  if (phone === null) return null;
  const { phones } = conversation.number.quirks;
  // The id decides, so that a conversation keeps its spelling.
  const plus = phones === "plus" || (phones === "mixed" && /^[0-7]/.test(conversation.id));
  return plus ? `+${phone}` : phone;
}

function phoneOf({ person }: KapsoConversation): string | null {
  return "phone" in person ? digitsOf(person.phone) : null;
}

/** UTC with six digits, the last three of them nought: the world's clock knows milliseconds. */
function toMicroseconds(instant: Date): string {
  return instant.toISOString().replace("Z", "000Z");
}
