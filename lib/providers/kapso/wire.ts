import { z } from "zod";
import type { Conversation, ObservedMessage } from "@/lib/background-sync/source";
import { readInstant } from "../times";

/** A message, and the conversation and the person that it says it belongs to. */
export interface KapsoMessage extends ObservedMessage {
  conversationId: string | null;
  phone: string | null;
}

export interface KapsoPage {
  values: unknown[];
  /** Where the next page begins; null on the last one. */
  after: string | null;
}

const text = z.string().nullish().catch(null);
const record = z.looseObject({}).nullish().catch(null);

// Only what decides has to be of the right type: which message it is, who said it, and when.
const conversationSchema = z.looseObject({ id: z.string().min(1), phone_number: text });
const messageSchema = z.looseObject({
  id: z.string().min(1),
  type: text,
  from: text,
  to: text,
  kapso: z
    .looseObject({
      direction: z.enum(["inbound", "outbound"]).nullish().catch(null),
      status: text,
      phone_number: text,
      whatsapp_conversation_id: text,
      content: text,
    })
    .nullish()
    .catch(null),
  ...{ text: record, image: record, video: record, document: record, button: record, interactive: record },
  reaction: record,
});
const pageSchema = z.looseObject({
  data: z.array(z.unknown()),
  paging: z
    .looseObject({ cursors: z.looseObject({ after: text }).nullish().catch(null) })
    .nullish()
    .catch(null),
});

/** The digits of a phone number in E.164, which is what WhatsApp writes, with or without a plus. */
const PHONE_DIGITS = /^[1-9]\d{6,14}$/;

/** One page of a listing; null if this is no listing at all. The end is a cursor that is empty, null or not there. */
export function readKapsoPage(body: unknown): KapsoPage | null {
  const parsed = pageSchema.safeParse(body);
  if (!parsed.success) return null;
  return { values: parsed.data.data, after: parsed.data.paging?.cursors?.after || null };
}

/** Reads one conversation; null if it cannot be read as one. */
export function readConversation(value: unknown): Conversation | null {
  const parsed = conversationSchema.safeParse(value);
  if (!parsed.success) return null;
  const { id, phone_number: phone } = parsed.data;
  return { id, phone: readDigits(phone), lastActiveAt: readInstant(parsed.data["last_active_at"]) };
}

/** Reads one message; null if it cannot be read as one. */
export function readMessage(value: unknown): KapsoMessage | null {
  const parsed = messageSchema.safeParse(value);
  if (!parsed.success) return null;
  const { data } = parsed;
  const sentAt = readInstant(data["timestamp"]);
  const direction = readDirection(data);
  if (sentAt === null || direction === null) return null;
  const type = data.type ?? "text";
  return {
    id: data.id,
    direction,
    kind: kindOf(type, direction),
    body: bodyOf(type, data),
    sentAt: new Date(Math.floor(sentAt.getTime() / 1000) * 1000),
    deliveryStatus: direction === "outbound" ? (data.kapso?.status?.toLowerCase() ?? null) : null,
    conversationId: data.kapso?.whatsapp_conversation_id ?? null,
    phone: readDigits((direction === "inbound" ? data.from : data.to) ?? data.kapso?.phone_number),
  };
}

type MessageFields = z.infer<typeof messageSchema>;

/** Kapso says it; in what Meta passes on, only what we send says whom it is for. */
function readDirection({ kapso, from, to }: MessageFields): ObservedMessage["direction"] | null {
  if (kapso?.direction) return kapso.direction;
  if (to) return "outbound";
  return from ? "inbound" : null;
}

function kindOf(type: string, direction: ObservedMessage["direction"]): ObservedMessage["kind"] {
  if (type === "reaction") return "reaction";
  // A notice of WhatsApp's own, such as that somebody changed numbers: nobody wrote it, so nobody need answer.
  if (type === "system") return direction === "inbound" ? "auto_reply" : "system";
  return null;
}

/** What a person reads in the message: its text, its caption, the button that was pressed, the emoji. */
function bodyOf(type: string, data: MessageFields): string {
  switch (type) {
    case "text":
      return stringIn(data.text, "body") ?? data.kapso?.content ?? "";
    case "image":
    case "video":
    case "document":
      return stringIn(data[type], "caption") ?? "";
    case "reaction":
      return stringIn(data.reaction, "emoji") ?? "";
    case "button":
      return stringIn(data.button, "text") ?? data.kapso?.content ?? "";
    case "interactive":
      return titleOf(data.interactive) ?? data.kapso?.content ?? "";
    case "template":
      return data.kapso?.content ?? "";
    default:
      return "";
  }
}

/** The title of the button or of the row of a list that was chosen. */
function titleOf(interactive: MessageFields["interactive"]): string | null {
  const parsed = z.looseObject({ title: z.string() });
  for (const name of ["button_reply", "list_reply"]) {
    const reply = parsed.safeParse(interactive?.[name]);
    if (reply.success) return reply.data.title;
  }
  return null;
}

function stringIn(value: Record<string, unknown> | null | undefined, name: string): string | null {
  const found = value?.[name];
  return typeof found === "string" ? found : null;
}

function readDigits(phone: string | null | undefined): string | null {
  const digits = phone?.replaceAll(/\D/g, "") ?? "";
  return PHONE_DIGITS.test(digits) ? digits : null;
}
