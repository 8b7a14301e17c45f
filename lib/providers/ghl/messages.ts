import { z } from "zod";
import type { OutgoingMessage, SendChannel } from "@/lib/followups/sender";
import type { ComposedMessage, MessageApi } from "../message-api";
import { createGhlRequester, type GhlRequesterOptions } from "./requester";

/** The version that the specification names for messages: others are said to change the answer's shape silently. */
const CONVERSATIONS_VERSION = { version: "2021-04-15" };
const CONTACTS_VERSION = { version: "2021-07-28" };

/** HighLevel's names of the channels, and ours for what is being done. */
const CHANNELS: Record<SendChannel, { type: string; label: string }> = {
  sms: { type: "SMS", label: "send SMS" },
  email: { type: "Email", label: "send e-mail" },
  whatsapp: { type: "WhatsApp", label: "send WhatsApp message" },
};

/** Messages through HighLevel. It knows people as contacts and picks the number or address itself. */
export function createGhlMessageApi(options: GhlRequesterOptions): MessageApi {
  const requester = createGhlRequester(options);
  return {
    requester,
    compose,
    readId,
    explainRefusal: explainGhlRefusal,
    // The contact is there to be read with any token that reconcile works with.
    askAgain: (message, signal) =>
      requester.get(`/contacts/${encodeURIComponent(message.to.ghlContactId ?? "")}`, {
        headers: CONTACTS_VERSION,
        label: "read contact",
        signal,
      }),
  };
}

function compose({ channel, to, subject, body }: OutgoingMessage): ComposedMessage {
  const contactId = to.ghlContactId?.trim();
  if (!contactId) return { unfit: "GHL: the lead has no contact there to send to (ghlContactId)" };
  const { type, label } = CHANNELS[channel];
  const content = channel === "email" ? { ...(subject && { subject }), html: toHtml(body) } : { message: body };
  return {
    path: "/conversations/messages",
    headers: CONVERSATIONS_VERSION,
    body: { type, contactId, ...content },
    label,
  };
}

/** An e-mail needs `html`; one that has only `message` is skipped. Our text is plain, whatever stands in it. */
function toHtml(text: string): string {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return escaped.replaceAll(/\r\n|\r|\n/g, "<br>\n");
}

const idSchema = z.string().trim().min(1);
const sentSchema = z.looseObject({
  messageId: idSchema.nullish().catch(null),
  messageIds: z.array(z.unknown()).nullish().catch(null),
});

/** The message's id in an answer; null where there is none to be found. */
function readId(body: unknown): string | null {
  const parsed = sentSchema.safeParse(body);
  if (!parsed.success) return null;
  return parsed.data.messageId ?? idSchema.safeParse(parsed.data.messageIds?.[0]).data ?? null;
}

/** What HighLevel is known to refuse a message for, by its words, and ours for it: theirs may quote the message. */
const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/\bDND\b|do.not.disturb/i, "the contact does not want to be disturbed on this channel"],
  [/contact\b.*not found/i, "there is no such contact"],
  [/\bphone\b/i, "the contact's phone number is missing or unusable"],
  [/\be-?mail\b/i, "the contact's e-mail address is missing or unusable"],
];

const refusalSchema = z.looseObject({ message: z.union([z.string(), z.array(z.string())]) });

function explainGhlRefusal(body: unknown): string | null {
  const said = refusalSchema.safeParse(body).data?.message;
  const words = typeof said === "string" ? said : (said ?? []).join(" ");
  return REFUSALS.find(([theirs]) => theirs.test(words))?.[1] ?? null;
}
