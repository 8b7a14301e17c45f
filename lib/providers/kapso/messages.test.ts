import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { type Sending, sendOnce, startSending } from "../sending.fixture";

let scene: Scene;
let sending: Sending;
beforeAll(async () => {
  scene = await openScene();
  sending = await startSending(scene, "KAPSO");
});
afterAll(() => scene.close());

async function send(fields: Parameters<Sending["newMessage"]>[0], from = sending) {
  const sender = await from.open();
  const outcome = await sendOnce(sender, from.newMessage(fields));
  await sender.close();
  return outcome;
}

const reachedBy = (phone: string | null) => ({ to: { ghlContactId: null, email: null, phone } });

describe("a message through Kapso", () => {
  it.each(["+1 (555) 010-0777", "15550100777", "001 555 010 0777"])(
    "reaches %s once, and has WhatsApp's id",
    async (phone) => {
      const { kapso } = scene.sandbox;
      const before = kapso.deliveries().length;
      const outcome = await send({ ...reachedBy(phone), body: "Hello\nAda" });
      const [delivered, ...more] = kapso.deliveries().slice(before);
      expect(more).toEqual([]);
      expect(delivered).toMatchObject({ body: "Hello\nAda", conversation: { person: { phone: "15550100777" } } });
      expect(outcome).toEqual({ kind: "sent", externalId: delivered?.id });
      expect(delivered?.id).toMatch(/^wamid\./);
    },
  );

  it("goes with Meta's token where there is no key", async () => {
    const bearer = await startSending(scene, "KAPSO");
    const { id, accessToken } = scene.sandbox.kapso.addNumber();
    const credentials = { kapsoPhoneId: ` ${id}\n`, kapsoApiKey: " ", metaAccessToken: `${accessToken}\n` };
    Object.assign(bearer.workspace, credentials);
    expect(await send({}, bearer)).toMatchObject({ kind: "sent" });
  });

  it.each([
    [{ messages: [{ id: "wamid.1", message_status: "accepted" }, {}] }, "wamid.1"],
    [{ messages: [{ id: 7 }] }, null],
    [{ messages: [] }, null],
    [{}, null],
    [[], null],
    [null, null],
  ])("that is answered with %j has the id %j", async (value, externalId) => {
    sending.addFault({ kind: "wrong_type", value }, { times: 1 });
    expect(await send({})).toEqual({ kind: "sent", externalId });
  });
});

describe("a message that Kapso refuses", () => {
  it.each(["meta", "kapso"] as const)("says why in words for people, in the shape of %s", async (errors) => {
    const strict = await startSending(scene, "KAPSO", { number: { enforcesWindow: true, quirks: { errors } } });
    expect(await send({}, strict)).toEqual({
      kind: "refused",
      reason: expect.stringMatching(
        /^Kapso: send WhatsApp message: answered 400: the person has not written for 24 hours/,
      ),
      credentialDead: false,
    });
    expect(strict.delivered()).toEqual([]);
    scene.sandbox.kapso.unsubscribe(strict.workspace.account, { phone: "15550100778" });
    expect(await send(reachedBy("+15550100778"), strict)).toMatchObject({
      reason: expect.stringMatching(/answered 422: the person wants no marketing messages/),
    });
  });

  it("is worth another try while one before it is on its way to the same person", async () => {
    const slow = await startSending(scene, "KAPSO", { number: { flightMs: 60_000 } });
    const message = slow.newMessage();
    const sender = await slow.open();
    expect(await sendOnce(sender, message)).toMatchObject({ kind: "sent" });
    expect(await sendOnce(sender, { ...message, body: "And another" })).toEqual({
      kind: "not_sent",
      reason: "Kapso: send WhatsApp message: answered 409",
      retryAfterMs: null,
    });
    await sender.close();
    expect(slow.delivered()).toEqual([message.body]);
    expect(await slow.circuit()).toMatchObject({ openUntil: null, outcomes: [false] });
  });

  it.each([null, "", "  ", "0151 234567", "12345", "ada@example.com"])(
    "is not even sent to the number %j, which is not told",
    async (phone) => {
      const before = sending.posts();
      expect(await send(reachedBy(phone))).toEqual({
        kind: "refused",
        reason: "Kapso: the lead has no phone number with a country code to send to (phone)",
        credentialDead: false,
      });
      expect(sending.posts()).toBe(before);
    },
  );

  it("is not even sent on another channel", async () => {
    expect(await send({ channel: "sms" })).toMatchObject({
      kind: "refused",
      reason: expect.stringContaining("for sms"),
    });
  });
});
