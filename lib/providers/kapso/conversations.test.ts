import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Conversation, Page } from "@/lib/background-sync/source";
import { unlimited } from "../limiter";
import { type Loopback, type Reply, reply, startLoopback } from "../testing/loopback";
import { createKapsoConversationSource } from "./conversations";
import { createKapsoRequester } from "./requester";

const SINCE = new Date("2030-03-12T12:00:00.500Z");
const CONVERSATION: Conversation = { id: "c-1", phone: "15550100001", lastActiveAt: null };

/** What the provider answers, by what was asked after: the first page under the empty cursor. */
let pages: Record<string, Reply>;
let server: Loopback;

beforeEach(async () => {
  pages = {};
  server = await startLoopback((_request, response, url) => {
    reply(response, pages[url.searchParams.get("after") ?? ""] ?? { status: 404 });
  });
});
afterEach(() => server.close());

const source = () =>
  createKapsoConversationSource({
    requester: createKapsoRequester({
      ...{ baseUrl: server.url, limiter: unlimited, timeoutMs: 5000 },
      credential: { kind: "api_key", value: "key-1" },
    }),
    phoneNumberId: "100/1",
  });
const signal = () => new AbortController().signal;
const listConversations = () => gather(source().conversations(SINCE, signal()));
const listMessages = () => gather(source().messages(CONVERSATION, SINCE, signal()));

/** All pages of a listing as one. */
async function gather<T>(listing: AsyncIterable<Page<T>>): Promise<Page<T>> {
  const all: Page<T> = { items: [], oddRows: 0, foreignRows: 0 };
  for await (const { items, oddRows, foreignRows } of listing) {
    all.items.push(...items);
    all.oddRows += oddRows;
    all.foreignRows += foreignRows;
  }
  return all;
}

const page = (data: unknown[], paging?: unknown): Reply => ({
  body: { data, ...(paging === undefined ? {} : { paging }) },
});
const then = (after: unknown) => ({ cursors: { before: null, after } });
const message = (fields: Record<string, unknown>) => ({
  ...{ id: "wamid.1", timestamp: "1899550800", type: "text", from: "15550100001", text: { body: "Hello" } },
  ...fields,
});

describe("a listing", () => {
  it("asks for whole pages since then, and repeats the question with each", async () => {
    pages = { "": page([{ id: "a" }], then("one")), one: page([{ id: "b" }], then(null)) };
    expect((await listConversations()).items.map(({ id }) => id)).toEqual(["a", "b"]);
    const query = "last_active_since=2030-03-12T12%3A00%3A00.500Z&limit=100";
    expect(server.requests).toEqual([
      `GET /100%2F1/conversations?${query}`,
      `GET /100%2F1/conversations?${query}&after=one`,
    ]);
    pages = { "": page([]) };
    await listMessages();
    expect(server.requests.at(-1)).toBe(
      "GET /100%2F1/messages?conversation_id=c-1&since=2030-03-12T12%3A00%3A00.500Z&limit=100",
    );
  });

  it.each([
    ["no paging", undefined],
    ["paging that is null", null],
    ["no cursors", {}],
    ["empty cursors", { cursors: {} }],
    ["a cursor that is null", then(null)],
    ["an empty cursor", then("")],
    ["a cursor that is none", then(7)],
  ])("is at its end where there is %s", async (_, paging) => {
    pages = { "": page([{ id: "a" }], paging) };
    expect((await listConversations()).items).toHaveLength(1);
  });

  it("goes on past a page that is empty", async () => {
    pages = { "": page([], then("one")), one: page([{ id: "b" }]) };
    expect((await listConversations()).items).toHaveLength(1);
  });

  it.each<[string, Record<string, Reply>]>([
    ["whose cursor comes again", { "": page([{ id: "a" }], then("one")), one: page([{ id: "a" }], then("one")) }],
    [
      "of empty pages",
      Object.fromEntries(["", ..."123456789"].map((at) => [at, page([], then(String(Number(at) + 1)))])),
    ],
  ])("%s has no end, and says so", async (_, looping) => {
    pages = looping;
    await expect(listConversations()).rejects.toMatchObject({
      kind: "malformed",
      message: expect.stringMatching(/has no end/),
    });
    expect(server.requests.length).toBeLessThan(6);
  });

  it.each([["a list"], [[]], [{ data: {} }], [null]])("is none if the answer is %j", async (body) => {
    pages = { "": { body: JSON.stringify(body) } };
    await expect(listConversations()).rejects.toMatchObject({
      kind: "malformed",
      message: expect.stringMatching(/unexpected shape/),
    });
  });
});

describe("a conversation", () => {
  it.each([
    ["5491100000001", "5491100000001"],
    ["+5491100000001", "5491100000001"],
    [null, null],
    ["", null],
    ["US.1349120865530274", null],
    [7, null],
  ])("with the number %j is with %j", async (given, phone) => {
    pages = {
      "": page([{ id: "a", phone_number: given, metadata: null, last_active_at: "2030-03-12T13:00:00.000000Z" }]),
    };
    expect((await listConversations()).items).toEqual([
      { id: "a", phone, lastActiveAt: new Date("2030-03-12T13:00:00Z") },
    ]);
  });

  it("that has no id is counted", async () => {
    pages = { "": page([null, {}, { id: "" }, { id: 7 }, "a", { id: "a", metadata: {} }]) };
    expect(await listConversations()).toMatchObject({ items: [{ id: "a", lastActiveAt: null }], oddRows: 5 });
  });
});

describe("a message", () => {
  it.each<[string, Record<string, unknown>, object]>([
    ["a text", {}, { direction: "inbound", kind: null, body: "Hello", deliveryStatus: null }],
    ["a text told twice", { text: null, kapso: { content: "Hi" } }, { body: "Hi" }],
    ["sent by us", { from: "15550190001", to: "15550100001" }, { direction: "outbound" }],
    ["said to be sent by us", { kapso: { direction: "outbound", status: "Failed" } }, { deliveryStatus: "failed" }],
    ["a picture", { type: "image", image: { caption: "Look" } }, { body: "Look", kind: null }],
    ["a picture without words", { type: "image", image: {}, kapso: { content: "Image attached" } }, { body: "" }],
    ["a voice", { type: "audio", audio: {} }, { body: "", kind: null }],
    ["a reaction", { type: "reaction", reaction: { emoji: "👍" } }, { body: "👍", kind: "reaction" }],
    ["a reaction taken back", { type: "reaction", reaction: {} }, { body: "", kind: "reaction" }],
    ["a button", { type: "button", button: { text: "Yes" } }, { body: "Yes" }],
    ["a choice", { type: "interactive", interactive: { list_reply: { title: "Monday" } } }, { body: "Monday" }],
    ["a notice", { type: "system", system: { body: "changed" } }, { body: "", kind: "auto_reply" }],
    ["of a type of tomorrow", { type: "hologram" }, { body: "", kind: null }],
    ["timed as a number", { timestamp: 1_899_550_800 }, { sentAt: new Date("2030-03-12T13:00:00Z") }],
    ["timed in ISO", { timestamp: "2030-03-12T13:00:00.900Z" }, { sentAt: new Date("2030-03-12T13:00:00Z") }],
  ])("that is %s reads as what it is", async (_, fields, expected) => {
    pages = { "": page([message(fields)]) };
    expect(await listMessages()).toMatchObject({ items: [{ id: "wamid.1", ...expected }], oddRows: 0 });
  });

  it.each<[string, unknown]>([
    ["no row", 7],
    ["without an id", message({ id: null })],
    ["without a time", message({ timestamp: "soon" })],
    ["from nobody to nobody", message({ from: null })],
  ])("that is %s is counted", async (_, row) => {
    pages = { "": page([row]) };
    expect(await listMessages()).toEqual({ items: [], oddRows: 1, foreignRows: 0 });
  });

  it.each<[string, Record<string, unknown>]>([
    ["of another conversation", { kapso: { whatsapp_conversation_id: "c-2" } }],
    ["of another person", { from: "+15550100002" }],
    ["for another person", { from: "15550190001", to: "15550100002" }],
    ["of before", { timestamp: "1899547199" }],
  ])("that is %s is left out, whatever the provider was asked for", async (_, fields) => {
    pages = { "": page([message(fields)]) };
    expect(await listMessages()).toEqual({ items: [], oddRows: 0, foreignRows: 1 });
  });

  it("of the first second of the window is in it", async () => {
    pages = { "": page([message({ timestamp: "1899547200" })]) };
    expect((await listMessages()).items).toHaveLength(1);
  });
});
