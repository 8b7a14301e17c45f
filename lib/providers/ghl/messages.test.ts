import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { addSendingWorkspace, openSender, sendOnce } from "../sending.fixture";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

describe("a message through HighLevel", () => {
  it.each([
    ["sms", { type: "SMS", body: "Hello <there> & more\nBye", subject: null }],
    ["whatsapp", { type: "WhatsApp", body: "Hello <there> & more\nBye", subject: null }],
    ["email", { type: "Email", body: "Hello &lt;there&gt; &amp; more<br>\nBye", subject: "Your visit" }],
  ] as const)("by %s reaches the contact once, and has HighLevel's id", async (channel, expected) => {
    const workspace = await addSendingWorkspace(scene, "GHL");
    const contact = scene.sandbox.ghl.addContact(workspace.account, { email: "a@example.com", phone: "+15550100001" });
    const sender = await openSender(scene, workspace, "GHL");
    const to = { ghlContactId: contact.id, email: null, phone: null };
    const outcome = await sendOnce(sender, { channel, to, subject: "Your visit", body: "Hello <there> & more\nBye" });
    await sender.close();
    const [delivered, ...more] = scene.sandbox.ghl.outbox.deliveries(contact.id);
    expect(more).toEqual([]);
    expect(delivered).toMatchObject({ ...expected, subject: channel === "email" ? "Your visit" : null });
    expect(outcome).toEqual({ kind: "sent", externalId: delivered?.id });
  });
});
