import type { Conversation, ConversationSource, Page } from "@/lib/background-sync/source";
import { ProviderError } from "@/lib/core/errors";
import { type Requester, unexpectedShape } from "../request";
import { type KapsoMessage, readConversation, readKapsoPage, readMessage } from "./wire";

export interface KapsoSourceOptions {
  requester: Requester;
  /** Meta's id of the workspace's number. */
  phoneNumberId: string;
}

/** The largest page that Kapso gives. */
const PAGE_SIZE = "100";
/** Pages read of one listing: 100,000 messages of one person, or conversations of one number, are a loop. */
const PAGES_MAX = 1000;
/** Pages without a row that are followed: a filter may leave some empty, and a cursor that always moves on is a loop. */
const EMPTY_PAGES_MAX = 3;
/** A 429 parks the account; when it may be used again the page is asked for again, at most this often. */
const ATTEMPTS_WHILE_RATE_LIMITED_MAX = 3;

/** Reads one number's conversations at Kapso. */
export function createKapsoConversationSource({ requester, phoneNumberId }: KapsoSourceOptions): ConversationSource {
  const number = `/${encodeURIComponent(phoneNumberId)}`;
  return {
    async *conversations(since, signal) {
      const query = { last_active_since: since.toISOString() };
      const call = { path: `${number}/conversations`, query, label: "list conversations", signal };
      for await (const values of readPages(requester, call)) yield toPage(values, readConversation);
    },
    async *messages(conversation, since, signal) {
      const query = { conversation_id: conversation.id, since: since.toISOString() };
      const call = { path: `${number}/messages`, query, label: "list messages", signal };
      for await (const values of readPages(requester, call)) {
        const { items, oddRows } = toPage(values, readMessage);
        const asked = items.filter((message) => isOf(conversation, message) && message.sentAt >= toSecond(since));
        yield { items: asked.map(withoutAddress), oddRows, foreignRows: items.length - asked.length };
      }
    },
  };
}

interface PagedCall {
  path: string;
  /** Repeated with every page. */
  query: Record<string, string>;
  label: string;
  signal: AbortSignal;
}

async function* readPages(requester: Requester, call: PagedCall): AsyncGenerator<unknown[]> {
  const cursorsSeen = new Set<string>();
  let emptyPages = 0;
  let query: Record<string, string> = { ...call.query, limit: PAGE_SIZE };
  for (let pages = 1; ; pages += 1) {
    const answer = await get(requester, call, query);
    const page = readKapsoPage(answer.body);
    if (page === null) throw unexpectedShape(requester, call.label, answer);
    yield page.values;
    if (page.after === null) return;
    emptyPages = page.values.length === 0 ? emptyPages + 1 : 0;
    // A cursor that comes again would lead in circles.
    if (cursorsSeen.has(page.after) || emptyPages > EMPTY_PAGES_MAX || pages === PAGES_MAX) {
      const message = `${requester.provider}: ${call.label}: the listing has no end`;
      throw new ProviderError(message, { kind: "malformed", status: answer.status });
    }
    cursorsSeen.add(page.after);
    query = { ...query, after: page.after };
  }
}

async function get(requester: Requester, { path, label, signal }: PagedCall, query: Record<string, string>) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await requester.get(path, { query, label, signal });
    } catch (error) {
      const mayWait = error instanceof ProviderError && error.kind === "rate_limited";
      if (!mayWait || attempt >= ATTEMPTS_WHILE_RATE_LIMITED_MAX) throw error;
    }
  }
}

function toPage<T>(values: readonly unknown[], readRow: (value: unknown) => T | null): Page<T> {
  const items = values.map(readRow).filter((row) => row !== null);
  return { items, oddRows: values.length - items.length, foreignRows: 0 };
}

/** Whatever a filter let through: what names another conversation or another person is not put under this one's name. */
function isOf(conversation: Conversation, message: KapsoMessage): boolean {
  if (message.conversationId !== null) return message.conversationId === conversation.id;
  return message.phone === null || conversation.phone === null || message.phone === conversation.phone;
}

/** Times of messages are whole seconds: one of the window's first second may lie before its beginning. */
function toSecond(at: Date): Date {
  return new Date(Math.floor(at.getTime() / 1000) * 1000);
}

function withoutAddress({ conversationId: _, phone: __, ...message }: KapsoMessage) {
  return message;
}
