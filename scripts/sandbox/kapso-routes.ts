import { type Answer, isRecord, ok, Refusal } from "./answer";
import {
  digitsOf,
  type KapsoConversation,
  type KapsoMessage,
  type KapsoNumber,
  SERVICE_WINDOW_MS,
} from "./kapso-model";
import { paginate } from "./kapso-paging";
import type { KapsoVoice } from "./kapso-voice";
import { toConversation, toMessage } from "./kapso-wire";
import type { KapsoWorld } from "./kapso-world";
import { nowMs } from "./ledger";
import type { SandboxRequest } from "./request";

interface Visit {
  number: KapsoNumber;
  request: SandboxRequest;
  param(name: string): string;
}

export interface KapsoRoute {
  method: "GET" | "POST";
  pattern: string;
  /** The query parameters that exist, and what each has to look like. */
  query: Record<string, RegExp>;
  answer(visit: Visit): Answer;
}

const ANYTHING = /^.+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)$/;
const PAGING = { limit: ANYTHING, after: ANYTHING, before: ANYTHING, fields: ANYTHING };

/** The endpoints, each with what it lets pass. */
export function createKapsoRoutes(world: KapsoWorld, voice: KapsoVoice): KapsoRoute[] {
  const flights = new Map<string, number>();
  return [
    {
      method: "GET",
      pattern: "/:number/conversations",
      query: {
        status: /^(active|ended)$/,
        phone_number: ANYTHING,
        last_active_since: TIME,
        last_active_until: TIME,
        ...PAGING,
      },
      answer: ({ number, request }) => {
        const found = filterConversations(world.conversationsOf(number.id), request.query);
        return ok(paginate(found, ({ lastActiveAt }) => lastActiveAt, request, number, voice, toConversation));
      },
    },
    {
      method: "GET",
      pattern: "/:number/conversations/:conversation",
      query: { fields: ANYTHING },
      answer: ({ number, param }) => {
        const conversation = world.conversation(param("conversation"));
        return conversation?.number === number ? ok(toConversation(conversation)) : voice.notFound();
      },
    },
    {
      method: "GET",
      pattern: "/:number/messages",
      query: {
        conversation_id: ANYTHING,
        direction: /^(inbound|outbound)$/,
        status: /^(pending|sent|delivered|read|failed)$/,
        since: TIME,
        until: TIME,
        ...PAGING,
      },
      answer: ({ number, request }) => {
        const found = filterMessages(listMessages(world, number, request.query), request.query);
        return ok(paginate(found, ({ at }) => at, request, number, voice, toMessage));
      },
    },
    {
      method: "POST",
      pattern: "/:number/messages",
      query: {},
      answer: (visit) => send(world, voice, flights, visit),
    },
  ];
}

function filterConversations(all: readonly KapsoConversation[], query: URLSearchParams): KapsoConversation[] {
  const { status, phone_number: phone, last_active_since: since, last_active_until: until } = Object.fromEntries(query);
  return all
    .filter((one) => status === undefined || one.status === status)
    .filter(({ person }) => !phone || ("phone" in person && digitsOf(person.phone) === digitsOf(phone)))
    .filter(({ lastActiveAt }) => isWithin(lastActiveAt, since, until));
}

/** One conversation's, or all of the number's. */
function listMessages(world: KapsoWorld, number: KapsoNumber, query: URLSearchParams): KapsoMessage[] {
  const id = query.get("conversation_id");
  if (id === null) return world.conversationsOf(number.id).flatMap(({ messages }) => messages);
  const conversation = world.conversation(id);
  return conversation?.number === number ? conversation.messages : [];
}

function filterMessages(all: readonly KapsoMessage[], query: URLSearchParams): KapsoMessage[] {
  const { direction, status, since, until } = Object.fromEntries(query);
  return all
    .filter((one) => direction === undefined || one.direction === direction)
    .filter((one) => status === undefined || one.status === status)
    .filter(({ at }) => isWithin(at, since, until));
}

function isWithin(at: Date, since: string | undefined, until: string | undefined): boolean {
  return (since === undefined || at >= new Date(since)) && (until === undefined || at <= new Date(until));
}

/** Every call that gets this far delivers: nothing tells a repeated message from a second one. */
function send(world: KapsoWorld, voice: KapsoVoice, flights: Map<string, number>, { number, request }: Visit): Answer {
  const { to, body } = readText(request.body, voice);
  const phone = digitsOf(to);
  const person = { phone };
  const flight = `${number.id} ${phone}`;
  if ((flights.get(flight) ?? 0) > nowMs()) return voice.inFlight();
  if (world.isUnsubscribed(number.id, person)) return voice.unsubscribed();
  if (number.enforcesWindow && !hasWrittenLately(world, number, phone)) return voice.outsideWindow();
  flights.set(flight, nowMs() + number.flightMs);
  const message = world.deliver(number.id, person, body);
  return ok({
    messaging_product: "whatsapp",
    contacts: [{ input: to, wa_id: phone }],
    messages: [{ id: message.id, message_status: "accepted" }],
  });
}

function readText(body: unknown, voice: KapsoVoice): { to: string; body: string } {
  const refuse = (message: string) => new Refusal(voice.badRequest(message));
  if (!isRecord(body)) throw refuse("the body has to be a JSON object");
  if (body["messaging_product"] !== "whatsapp") throw refuse("messaging_product must be whatsapp");
  const { to, type, text } = body;
  if (typeof to !== "string" || !/^\+?\d{7,15}$/.test(to)) throw refuse("to must be a phone number");
  if (type !== "text" || !isRecord(text)) throw refuse("type must be text, with a text");
  if (typeof text["body"] !== "string" || text["body"] === "") throw refuse("text.body is required");
  return { to, body: text["body"] };
}

function hasWrittenLately(world: KapsoWorld, number: KapsoNumber, phone: string): boolean {
  const since = world.now().getTime() - SERVICE_WINDOW_MS;
  const messages = world.truthOf(number.id, { phone });
  return messages.some(({ direction, at }) => direction === "inbound" && at.getTime() >= since);
}
