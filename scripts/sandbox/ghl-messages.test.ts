import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askGhl } from "./asking";
import type { Fault } from "./faults";
import type { GhlContact, GhlLocation } from "./ghl-model";
import { type Sandbox, startSandbox } from "./sandbox";

const NOW = new Date("2030-03-01T16:00:00.123Z");

let sandbox: Sandbox;
let location: GhlLocation;
let contact: GhlContact;
beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => NOW } });
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  sandbox.faults.clear();
  location = sandbox.ghl.addLocation();
  contact = sandbox.ghl.addContact(location.id, { email: "ada@example.com", phone: "+15550100001" });
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  askGhl(sandbox, location, "/conversations/messages", { method: "POST", body: JSON.stringify(body), headers });
const deliveries = () => sandbox.ghl.outbox.deliveries(contact.id);

describe("a message to a contact", () => {
  it.each([
    [{ type: "SMS", message: "Hello" }, "Hello", null],
    [{ type: "WhatsApp", message: "Hello" }, "Hello", null],
    [{ type: "Email", html: "<p>Hello</p>", message: "Hello", subject: "Visit" }, "<p>Hello</p>", "Visit"],
  ])("%j is delivered, and named in the answer", async (given, body, subject) => {
    const { status, body: answer } = await post({ ...given, contactId: contact.id });
    const [message] = deliveries();
    const { id, conversationId } = message ?? {};
    expect(message).toEqual({
      ...{ id, conversationId, locationId: location.id, contactId: contact.id },
      ...{ type: given.type, body, subject, at: NOW },
    });
    expect(status).toBe(200);
    expect(answer).toMatchObject({ conversationId, messageId: id, traceId: expect.any(String) });
  });

  it("is delivered as often as it is posted: nothing tells a second one from the first", async () => {
    const body = { type: "SMS", contactId: contact.id, message: "Hello" };
    const answers = [await post(body), await post(body)];
    const [first, second] = deliveries();
    expect([first?.body, second?.body]).toEqual(["Hello", "Hello"]);
    expect(first?.id).not.toBe(second?.id);
    expect(first?.conversationId).toBe(second?.conversationId);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  });
});

describe("a message that cannot be sent", () => {
  it.each<[string, object, number, unknown]>([
    ["no type", { message: "Hello" }, 422, [expect.stringContaining("type must be one of")]],
    ["an unknown type", { type: "Fax", message: "Hello" }, 422, [expect.stringContaining("type must be one of")]],
    ["a type that is not connected", { type: "IG", message: "Hello" }, 400, expect.stringContaining("not connected")],
    ["no text", { type: "SMS" }, 400, expect.stringContaining("Skip sending")],
    ["a text of blanks", { type: "SMS", message: " " }, 400, expect.stringContaining("Skip sending")],
    ["an e-mail without HTML", { type: "Email", message: "Hello" }, 400, expect.stringContaining("Skip sending")],
    ["no contact", { type: "SMS", message: "Hello", contactId: null }, 422, ["contactId must be a string"]],
    ["an unknown contact", { type: "SMS", message: "Hello", contactId: "nobody" }, 404, "Not found"],
  ])("is refused for %s", async (_why, given, status, message) => {
    const answer = await post({ contactId: contact.id, ...given });
    expect(answer).toMatchObject({ status, body: { statusCode: status, message } });
    expect(deliveries()).toEqual([]);
  });

  it("is refused for a contact that lacks what the channel needs, or wants no messages", async () => {
    const bare = sandbox.ghl.addContact(location.id);
    for (const [given, word] of [
      [{ type: "SMS", message: "Hello" }, "phone"],
      [{ type: "WhatsApp", message: "Hello" }, "phone"],
      [{ type: "Email", html: "Hello" }, "email"],
    ] as const) {
      const answer = await post({ ...given, contactId: bare.id });
      expect(answer).toMatchObject({ status: 400, body: { message: expect.stringContaining(word) } });
    }
    contact.dnd = true;
    const answer = await post({ type: "SMS", message: "Hello", contactId: contact.id });
    expect(answer).toMatchObject({ status: 400, body: { message: "Cannot send message as DND is active for SMS." } });
    expect(deliveries()).toEqual([]);
  });

  it("is refused with another version, another location's contact, and no JSON", async () => {
    const given = { type: "SMS", contactId: contact.id, message: "Hello" };
    expect((await post(given, { version: "2021-07-28" })).status).toBe(400);
    const stranger = sandbox.ghl.addContact(sandbox.ghl.addLocation().id, { phone: "+15550100002" });
    expect((await post({ ...given, contactId: stranger.id })).status).toBe(403);
    expect((await post("Hello")).status).toBe(400);
    expect(sandbox.ghl.outbox.deliveries(stranger.id)).toEqual([]);
    expect(deliveries()).toEqual([]);
  });
});

describe("an answer that is lost", () => {
  const body = () => ({ type: "SMS", contactId: contact.id, message: "Hello" });

  it.each([500, 502, 503, 504] as const)("as a %i leaves the message delivered", async (as) => {
    sandbox.faults.add({ match: { method: "POST" }, fault: { kind: "lost_answer", as } });
    expect((await post(body())).status).toBe(as);
    expect(deliveries()).toHaveLength(1);
  });

  it("as a reset leaves it delivered", async () => {
    sandbox.faults.add({ match: { method: "POST" }, fault: { kind: "lost_answer", as: "reset" } });
    await expect(post(body())).rejects.toThrow("fetch failed");
    expect(deliveries()).toHaveLength(1);
  });

  it("for ever leaves it delivered", async () => {
    sandbox.faults.add({ match: { method: "POST" }, fault: { kind: "lost_answer", as: "no_answer" } });
    const path = "/conversations/messages";
    const impatient = { method: "POST", body: JSON.stringify(body()), signal: AbortSignal.timeout(100) };
    await expect(askGhl(sandbox, location, path, impatient)).rejects.toThrow("timeout");
    expect(deliveries()).toHaveLength(1);
  });

  it.each<Fault>([
    { kind: "html" },
    { kind: "wrong_type", value: 7 },
    { kind: "truncated" },
    { kind: "slow_loris", everyMs: 1 },
    { kind: "endless_body" },
  ])("behind a 200 ($kind) leaves it delivered; a refused one is refused", async (fault) => {
    sandbox.faults.add({ match: { method: "POST" }, fault });
    const path = "/conversations/messages";
    const impatient = { method: "POST", body: JSON.stringify(body()), signal: AbortSignal.timeout(100) };
    await askGhl(sandbox, location, path, impatient).catch(() => "nothing that could be read");
    expect(sandbox.ledger.entries.at(-1)).toMatchObject({ status: 200, fault: fault.kind });
    expect(deliveries()).toHaveLength(1);

    contact.dnd = true;
    expect((await post(body())).status).toBe(400);
    expect(deliveries()).toHaveLength(1);
  });

  it.each<Fault>([
    { kind: "server_error", status: 500 },
    { kind: "rate_limited", headers: "real" },
  ])("is another thing than $kind, which comes before the delivery", async (fault) => {
    sandbox.faults.add({ match: { method: "POST" }, fault });
    await post(body());
    expect(deliveries()).toEqual([]);
  });
});
