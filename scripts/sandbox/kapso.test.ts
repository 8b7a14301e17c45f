import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { askKapso } from "./asking";
import type { KapsoNumber } from "./kapso-model";
import { deliverWebhooks } from "./kapso-webhooks";
import { createRandom } from "./random";
import { type Sandbox, startSandbox } from "./sandbox";

const NOW = new Date("2030-03-12T13:00:00.123Z");
const ADA = { phone: "+1 (555) 010-0001" };
const BOB = { phone: "15550100002" };
const NAMELESS = { businessScopedUserId: "US.13491208655302741918" };

let sandbox: Sandbox;
let number: KapsoNumber;

beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => NOW } });
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  number = sandbox.kapso.addNumber({ limit: { requests: 1000, windowMs: MINUTE_MS } });
});

const ago = (ms: number) => new Date(NOW.getTime() - ms);
const ask = (path: string, init: Parameters<typeof askKapso>[3] = {}) => askKapso(sandbox, number, path, init);
const list = (path: string, query: Record<string, string> = {}) => ask(path, { query });
const page = z.object({
  data: z.array(z.looseObject({ id: z.string() })),
  paging: z.looseObject({ cursors: z.looseObject({ after: z.string().nullish() }) }).optional(),
});
const listPage = async (path: string, query?: Record<string, string>) => page.parse((await list(path, query)).body);
const text = (to: string, body = "Hello") => ({ messaging_product: "whatsapp", to, type: "text", text: { body } });
const send = (to: string, body?: string) => ask("/messages", { body: text(to, body) });

describe("a message", () => {
  it("is in its conversation, timed in whole seconds since 1970 as a text", async () => {
    const { id, conversation } = sandbox.kapso.receive(number.id, ADA, { body: "See you on Thursday" });
    expect((await list("/conversations")).body).toMatchObject({
      data: [{ id: conversation.id, phone_number: "15550100001", phone_number_id: number.id, status: "active" }],
      paging: { cursors: { before: null, after: null } },
    });
    expect((await list("/messages", { conversation_id: conversation.id })).body).toMatchObject({
      data: [
        {
          ...{ id, timestamp: "1899550800", type: "text", from: "15550100001", text: { body: "See you on Thursday" } },
          kapso: { direction: "inbound", status: "received", whatsapp_conversation_id: conversation.id },
        },
      ],
    });
  });

  it("comes from somebody whom WhatsApp does not name, and then there is no number", async () => {
    sandbox.kapso.receive(number.id, NAMELESS);
    expect((await list("/conversations")).body).toMatchObject({ data: [{ phone_number: null }] });
    expect((await list("/messages")).body).toMatchObject({ data: [{ from: null, kapso: { phone_number: null } }] });
  });

  it("is found by conversation, direction and time", async () => {
    const old = sandbox.kapso.receive(number.id, ADA, { at: ago(2 * HOUR_MS) });
    const answered = sandbox.kapso.send(number.id, ADA, { at: ago(HOUR_MS) });
    sandbox.kapso.receive(number.id, BOB);
    const found = async (query: Record<string, string>) =>
      (await listPage("/messages", { conversation_id: old.conversation.id, ...query })).data.map(({ id }) => id);
    expect(await found({})).toEqual([answered.id, old.id]);
    expect(await found({ direction: "outbound" })).toEqual([answered.id]);
    expect(await found({ since: ago(90 * MINUTE_MS).toISOString() })).toEqual([answered.id]);
    expect(await found({ until: ago(90 * MINUTE_MS).toISOString() })).toEqual([old.id]);
  });
});

describe("a conversation", () => {
  it("is found by when it was last active, and by number however that is written", async () => {
    const { conversation } = sandbox.kapso.receive(number.id, ADA, { at: ago(HOUR_MS) });
    sandbox.kapso.receive(number.id, BOB);
    const found = async (query: Record<string, string>) =>
      (await listPage("/conversations", query)).data.map(({ id }) => id);
    expect(await found({ last_active_until: ago(MINUTE_MS).toISOString() })).toEqual([conversation.id]);
    expect(await found({ last_active_since: ago(2 * HOUR_MS).toISOString() })).toHaveLength(2);
    expect(await found({ phone_number: "+15550100001" })).toEqual([conversation.id]);
  });

  it("that has ended is followed by another with the same person", async () => {
    const first = sandbox.kapso.receive(number.id, ADA);
    sandbox.kapso.end(first.conversation.id);
    const second = sandbox.kapso.receive(number.id, ADA);
    expect(second.conversation.id).not.toBe(first.conversation.id);
    expect(sandbox.kapso.truthOf(number.id, ADA)).toEqual([first, second]);
    expect((await listPage("/conversations", { status: "ended" })).data).toHaveLength(1);
  });
});

describe("a listing", () => {
  it("gives 20 a page, up to 100 where asked, each row once, and none twice for rows that come meanwhile", async () => {
    for (let minute = 45; minute > 0; minute--) sandbox.kapso.receive(number.id, ADA, { at: ago(minute * MINUTE_MS) });
    const seen: string[] = [];
    const sizes: number[] = [];
    let after: string | null | undefined;
    do {
      const read: z.infer<typeof page> = await listPage("/messages", after ? { after } : {});
      seen.push(...read.data.map(({ id }) => id));
      sizes.push(read.data.length);
      after = read.paging?.cursors.after;
      sandbox.kapso.receive(number.id, ADA);
    } while (after);
    expect(sizes).toEqual([20, 20, 5]);
    expect(new Set(seen).size).toBe(45);
    expect((await listPage("/messages", { limit: "100" })).data).toHaveLength(48);
  });

  it.each([
    ["null", { paging: { cursors: { before: null, after: null } } }],
    ["empty", { paging: { cursors: {} } }],
    ["missing", {}],
  ] as const)("can say in another way that it is at its end: %s", async (endOfListing, expected) => {
    number.quirks.endOfListing = endOfListing;
    expect((await list("/conversations")).body).toEqual({ data: [], ...expected });
  });

  it("can go in circles, or hold rows that are none", async () => {
    sandbox.kapso.receive(number.id, ADA);
    const looping = sandbox.faults.add({ match: { provider: "KAPSO" }, fault: { kind: "looping_page_token" } });
    const first = await listPage("/messages");
    expect(await listPage("/messages", { after: first.paging?.cursors.after ?? "" })).toEqual(first);
    looping.remove();
    const odd = sandbox.faults.add({ match: { provider: "KAPSO" }, fault: { kind: "odd_rows" } });
    expect((await list("/messages")).body).not.toMatchObject({ data: [{ type: "text" }] });
    odd.remove();
  });
});

describe("sending", () => {
  it("delivers a text, names it, and never knows a repetition from a second one", async () => {
    const replies = [await send("+15550100001", "Hi"), await send("15550100001", "Hi")];
    const delivered = sandbox.kapso.deliveries().filter(({ conversation }) => conversation.number === number);
    expect(delivered.map(({ body }) => body)).toEqual(["Hi", "Hi"]);
    expect(replies.map(({ body }) => body)).toMatchObject(
      delivered.map(({ id }) => ({ contacts: [{ wa_id: "15550100001" }], messages: [{ id }] })),
    );
    expect(sandbox.kapso.truthOf(number.id, ADA)).toEqual(delivered);
  });

  it("refuses free text to those who have not written for a day", async () => {
    number.enforcesWindow = true;
    sandbox.kapso.receive(number.id, BOB, { at: ago(25 * HOUR_MS) });
    expect(await send(BOB.phone)).toMatchObject({ status: 400, body: { error: { code: 131047 } } });
    sandbox.kapso.receive(number.id, BOB);
    expect((await send(BOB.phone)).status).toBe(200);
  });

  it("refuses a message while another one to the same person is on its way", async () => {
    number.flightMs = 60_000;
    expect((await send(BOB.phone)).status).toBe(200);
    expect(await send(BOB.phone)).toMatchObject({ status: 409, body: { error: expect.any(String) } });
    expect((await send("15550100003")).status).toBe(200);
  });

  it("refuses those who want no more", async () => {
    sandbox.kapso.unsubscribe(number.id, ADA);
    expect(await send("15550100001")).toMatchObject({ status: 422, body: { code: "marketing_preference_stopped" } });
  });

  it.each([
    ["no body", undefined],
    ["another product", { ...text(BOB.phone), messaging_product: "sms" }],
    ["a number that is none", text("bob")],
    ["an empty text", text(BOB.phone, "")],
    ["a type that needs more", { ...text(BOB.phone), type: "template" }],
  ])("refuses %s", async (_, body) => {
    const before = sandbox.kapso.deliveries().length;
    expect(await ask("/messages", { body: body ?? "" })).toMatchObject({ status: 400, body: { error: { code: 100 } } });
    expect(sandbox.kapso.deliveries()).toHaveLength(before);
  });
});

describe("who is let in", () => {
  it("is the project's key, or the number's own token", async () => {
    const headers = { authorization: `Bearer ${number.accessToken}` };
    expect((await ask("/conversations", { headers })).status).toBe(200);
    expect((await ask("/conversations")).status).toBe(200);
    const unknown = await ask("/conversations", { headers: { "x-api-key": "kapso-key-unheard-of" } });
    expect(unknown).toMatchObject({ status: 401, body: { error: { type: "OAuthException" } } });
    expect(JSON.stringify(sandbox.ledger.entries)).not.toContain("unheard-of");
  });

  it("sees the numbers of the project alone", async () => {
    const other = sandbox.kapso.addNumber();
    const sibling = sandbox.kapso.addNumber({ project: number.project });
    expect((await askKapso(sandbox, sibling, "/conversations")).status).toBe(200);
    expect((await askKapso(sandbox, { ...other, project: number.project }, "/conversations")).status).toBe(404);
  });

  it("may ask so often in a fixed window by key, and is told what is left", async () => {
    const project = sandbox.kapso.addProject({ limit: { requests: 2, windowMs: MINUTE_MS } });
    const [first, second] = [sandbox.kapso.addNumber({ project }), sandbox.kapso.addNumber({ project })];
    const reply = await askKapso(sandbox, first, "/messages");
    expect(Object.fromEntries(reply.headers)).toMatchObject({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "1" });
    await askKapso(sandbox, second, "/messages");
    const refused = await askKapso(sandbox, second, "/messages");
    expect(refused).toMatchObject({ status: 429, body: { error: "Rate limit exceeded" } });
    expect(refused.headers.get("retry-after")).toBe("60");
  });

  it.each([
    ["an unknown parameter", { contact: "1" }],
    ["a direction that does not exist", { direction: "sideways" }],
    ["a time that is none", { since: "yesterday" }],
    ["more rows than a page has", { limit: "101" }],
    ["a cursor that was never given", { after: "made-up" }],
  ])("is refused %s, in either of the two shapes", async (_, query) => {
    expect(await list("/messages", query)).toMatchObject({ status: 400, body: { error: { code: 100 } } });
    number.quirks.errors = "kapso";
    expect(await list("/messages", query)).toMatchObject({ status: 400, body: { error: expect.any(String) } });
  });
});

describe("webhooks", () => {
  const messages = () => Array.from({ length: 200 }, () => sandbox.kapso.receive(number.id, ADA));
  const idsOf = (webhooks: ReturnType<typeof deliverWebhooks>) => webhooks.map(({ body }) => body.message["id"]);

  it("arrive as sent where nothing goes wrong, with the event's name in a header", () => {
    const sent = messages();
    const arrived = deliverWebhooks(sent, {}, createRandom(1));
    expect(idsOf(arrived)).toEqual(sent.map(({ id }) => id));
    expect(arrived[0]).toMatchObject({
      headers: { "X-Webhook-Event": "whatsapp.message.received", "X-Idempotency-Key": sent[0]?.id },
      body: { conversation: { phone_number: "+15550100001" }, phone_number_id: number.id },
    });
  });

  it("get lost, repeated and out of order at the given shares, the same way for the same seed", () => {
    const sent = messages();
    const share = (luck: Parameters<typeof deliverWebhooks>[1]) => deliverWebhooks(sent, luck, createRandom(7));
    expect(share({ dropped: 1 })).toEqual([]);
    expect(share({ duplicated: 1 })).toHaveLength(400);
    const lossy = share({ dropped: 0.5, reordered: 1 });
    expect(lossy.length).toBeGreaterThan(60);
    expect(lossy.length).toBeLessThan(140);
    expect(idsOf(lossy)).not.toEqual(sent.map(({ id }) => id).filter((id) => idsOf(lossy).includes(id)));
    expect(idsOf(share({ dropped: 0.5, reordered: 1 }))).toEqual(idsOf(lossy));
  });
});
