import { z } from "zod";
import { toE164Digits } from "@/lib/core/phone";
import type { OutgoingMessage } from "@/lib/followups/sender";
import type { ComposedMessage, MessageApi } from "../message-api";
import { createKapsoRequester, type KapsoRequesterOptions } from "./requester";

export interface KapsoMessageApiOptions extends KapsoRequesterOptions {
  /** Meta's id of the number that sends; blanks around it are dropped. */
  phoneNumberId: string;
}

/** WhatsApp messages through Kapso. It knows people by their number alone. */
export function createKapsoMessageApi({ phoneNumberId, ...options }: KapsoMessageApiOptions): MessageApi {
  const requester = createKapsoRequester(options);
  const path = `/${encodeURIComponent(phoneNumberId.trim())}/messages`;
  return {
    requester,
    compose: (message) => compose(path, message),
    readId,
    explainRefusal,
    askAgain: (_message, signal) => requester.get(path, { query: { limit: "1" }, label: "list messages", signal }),
  };
}

function compose(path: string, { channel, to, body }: OutgoingMessage): ComposedMessage {
  if (channel !== "whatsapp")
    return { unfit: `Kapso: it sends WhatsApp messages only, and this one is for ${channel}` };
  const number = toE164Digits(to.phone ?? "");
  if (number === null) return { unfit: "Kapso: the lead has no phone number with a country code to send to (phone)" };
  return {
    path,
    headers: {},
    body: {
      ...{ messaging_product: "whatsapp", recipient_type: "individual" },
      ...{ to: number, type: "text", text: { body } },
    },
    label: "send WhatsApp message",
  };
}

const sentSchema = z.looseObject({ messages: z.tuple([z.looseObject({ id: z.string().trim().min(1) })], z.unknown()) });

/** The id of the first message in an answer, which is the only one; null where there is none to be found. */
function readId(body: unknown): string | null {
  return sentSchema.safeParse(body).data?.messages[0].id ?? null;
}

/** Refusals that people can do something about, by Meta's code or Kapso's. */
const REFUSALS: Readonly<Record<string, string>> = {
  "131047": "the person has not written for 24 hours, so WhatsApp wants an approved template",
  "131026": "the person cannot be reached over WhatsApp",
  "131021": "the number is the workspace's own",
  "131050": "the person wants no marketing messages from this number",
  marketing_preference_stopped: "the person wants no marketing messages from this number",
};

/** Meta puts its code into an object, Kapso beside a text. */
const codeSchema = z.union([z.number(), z.string()]).transform(String);
const refusalSchema = z.union([
  z.looseObject({ error: z.looseObject({ code: codeSchema }) }).transform(({ error }) => error.code),
  z.looseObject({ code: codeSchema }).transform(({ code }) => code),
]);

function explainRefusal(body: unknown): string | null {
  const code = refusalSchema.safeParse(body).data;
  return code !== undefined && Object.hasOwn(REFUSALS, code) ? (REFUSALS[code] ?? null) : null;
}
