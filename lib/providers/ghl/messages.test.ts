import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { type Sending, sendOnce, startSending } from "../sending.fixture";

let scene: Scene;
let sending: Sending;
beforeAll(async () => {
  scene = await openScene();
  sending = await startSending(scene, "GHL");
});
afterAll(() => scene.close());

async function send(fields: Parameters<Sending["newMessage"]>[0], from = sending) {
  const sender = await from.open();
  const outcome = await sendOnce(sender, from.newMessage(fields));
  await sender.close();
  return outcome;
}

describe("a message through HighLevel", () => {
  it.each([
    ["sms", { type: "SMS", body: "Hello <there> & more\nBye", subject: null }],
    ["whatsapp", { type: "WhatsApp", body: "Hello <there> & more\nBye", subject: null }],
    ["email", { type: "Email", body: "Hello &lt;there&gt; &amp; more<br>\nBye", subject: "Your visit" }],
  ] as const)("by %s reaches the contact once, and has HighLevel's id", async (channel, expected) => {
    const message = sending.newMessage({ channel, subject: "Your visit", body: "Hello <there> & more\nBye" });
    const sender = await sending.open();
    const outcome = await sendOnce(sender, message);
    await sender.close();
    const [delivered, ...more] = scene.sandbox.ghl.outbox.deliveries(message.to.ghlContactId ?? "");
    expect(more).toEqual([]);
    expect(delivered).toMatchObject(expected);
    expect(outcome).toEqual({ kind: "sent", externalId: delivered?.id });
  });

  it("may be an e-mail without a subject", async () => {
    expect(await send({ channel: "email", subject: null })).toMatchObject({ kind: "sent" });
  });

  it.each([
    [{ messageIds: ["m-1", "m-2"], conversationId: "c-1" }, "m-1"],
    [{ messageId: "m-1", messageIds: "odd" }, "m-1"],
    [{ messageId: "  " }, null],
    [{ messageId: 7 }, null],
    [{}, null],
    [["m-1"], null],
    [null, null],
  ])("that is answered with %j has the id %j", async (value, externalId) => {
    sending.addFault({ kind: "wrong_type", value }, { times: 1 });
    expect(await send({})).toEqual({ kind: "sent", externalId });
  });
});

describe("a message that HighLevel refuses", () => {
  it("says why in words for people", async () => {
    const quiet = await startSending(scene, "GHL", { contact: { dnd: true } });
    expect(await send({}, quiet)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(
        /^GHL: send SMS: answered 400 \(trace [\w-]+\): the contact does not want to be dis/,
      ),
    });
    const bare = scene.sandbox.ghl.addContact(sending.workspace.account);
    const to = { ghlContactId: bare.id, email: "a@example.com", phone: "+15550100001" };
    expect(await send({ to })).toMatchObject({ reason: expect.stringContaining("phone number is missing") });
    expect(await send({ to, channel: "email" })).toMatchObject({
      reason: expect.stringContaining("e-mail address is"),
    });
    expect(await send({ body: " " })).toMatchObject({ kind: "refused", reason: expect.stringMatching(/\)$/) });
    expect(await send({ to: { ...to, ghlContactId: "no-such" } })).toMatchObject({
      reason: expect.stringMatching(/answered 404/),
    });
    expect(quiet.delivered()).toEqual([]);
  });

  it.each([null, "", "  "])("is not even sent for a lead with the contact %j", async (ghlContactId) => {
    const before = sending.posts();
    const to = { ghlContactId, email: "a@example.com", phone: "+15550100001" };
    expect(await send({ to })).toEqual({
      kind: "refused",
      reason: "GHL: the lead has no contact there to send to (ghlContactId)",
      credentialDead: false,
    });
    expect(sending.posts()).toBe(before);
  });
});
