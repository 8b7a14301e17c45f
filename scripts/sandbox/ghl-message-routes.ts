import { isRecord, ok, Refusal } from "./answer";
import type { GhlContact } from "./ghl-model";
import type { GhlMessageType, GhlWriting } from "./ghl-outbox";
import { type GhlRoute, requireContact } from "./ghl-routes";
import type { GhlVoice } from "./ghl-voice";
import type { GhlWorld } from "./ghl-world";

const CONVERSATIONS_VERSION = "2021-04-15";

/** The types that the specification names, and those of them that this stand-in delivers. */
const TYPES = ["SMS", "RCS", "Email", "WhatsApp", "IG", "FB", "Custom", "Live_Chat", "TIKTOK"];
const isDelivered = (type: unknown): type is GhlMessageType =>
  type === "SMS" || type === "Email" || type === "WhatsApp";

/** Every call that gets this far delivers. */
export function createMessageRoutes(world: GhlWorld, voice: GhlVoice): GhlRoute[] {
  return [
    {
      method: "POST",
      pattern: "/conversations/messages",
      version: CONVERSATIONS_VERSION,
      query: [],
      answer({ location, request: { body } }) {
        if (!isRecord(body)) return voice.badRequest("the body has to be a JSON object");
        const writing = readWriting(body, voice);
        if (typeof body["contactId"] !== "string") return voice.unprocessable(["contactId must be a string"]);
        const contact = requireContact(world, voice, location, body["contactId"]);
        requireReachable(contact, writing.type, voice);
        const { id, conversationId } = world.outbox.deliver(contact, writing);
        const idOfEmail = writing.type === "Email" ? { emailMessageId: id } : {};
        const sent = { conversationId, messageId: id, ...idOfEmail, msg: "Message queued successfully." };
        return ok({ ...sent, traceId: voice.nextTraceId() });
      },
    },
  ];
}

function readWriting(body: Record<string, unknown>, voice: GhlVoice): GhlWriting {
  const { type, message, html, subject } = body;
  if (typeof type !== "string" || !TYPES.includes(type)) {
    throw new Refusal(voice.unprocessable([`type must be one of the following values: ${TYPES.join(", ")}`]));
  }
  if (!isDelivered(type)) throw new Refusal(voice.badRequest(`${type} is not connected to this location`));
  // An e-mail's text is read from `html` alone.
  const text = type === "Email" ? html : message;
  if (typeof text !== "string" || text.trim() === "") {
    throw new Refusal(voice.badRequest("There is no message or attachments for this message. Skip sending."));
  }
  return { type, body: text, subject: typeof subject === "string" ? subject : null };
}

function requireReachable(contact: GhlContact, type: GhlMessageType, voice: GhlVoice): void {
  const refuse = (message: string) => new Refusal(voice.badRequest(message));
  if (contact.dnd) throw refuse(`Cannot send message as DND is active for ${type}.`);
  if (type === "Email" && contact.email === null) throw refuse("Missing email for contact");
  if (type !== "Email" && contact.phone === null) throw refuse("Missing phone number for contact");
}
