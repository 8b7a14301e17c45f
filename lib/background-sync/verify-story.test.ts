import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordMessageByWebhook } from "@/scripts/environment/message-webhook";
import type { KapsoMessage } from "@/scripts/sandbox/kapso-model";
import { deliverWebhooks } from "@/scripts/sandbox/kapso-webhooks";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import {
  addQuietLead,
  healthOf,
  hoursAgo,
  letTimePass,
  messagesOf,
  notesOf,
  personOf,
  syncOnce,
} from "@/scripts/testing/sync-story";

let scene: Scene;
let workspace: TestWorkspace;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

async function addTalker(fields: Parameters<typeof addKapsoLead>[2] = {}) {
  workspace = await addKapsoWorkspace(scene);
  const lead = await addKapsoLead(scene, workspace, { lastInboundAt: null, ...fields });
  const person = personOf(lead);
  const { kapso } = scene.sandbox;
  return {
    lead,
    receive: (writing?: Parameters<typeof kapso.receive>[2]) => kapso.receive(workspace.account, person, writing),
    send: (writing?: Parameters<typeof kapso.send>[2]) => kapso.send(workspace.account, person, writing),
  };
}

/** Nobody is stale within a week, unless the story is about that. */
const run = (params: Parameters<typeof syncOnce>[1] = {}) =>
  syncOnce(scene, { clientId: workspace.id, staleMinutes: 10_080, ...params });
const leadNow = (id: string) => scene.runtime.db.lead.findUniqueOrThrow({ where: { id } });
const byWebhook = async (leadId: string, messages: KapsoMessage[], options?: { keepsIds: boolean }) => {
  for (const webhook of deliverWebhooks(messages, {}, Math.random)) {
    await recordMessageByWebhook(scene.runtime.db, leadId, webhook, options);
  }
};

describe("a message that no webhook told of", () => {
  it("is put on record with its id, its text and its time, and one note says so", async () => {
    const { lead, receive, send } = await addTalker();
    const asked = receive({ body: "Are you there?", at: hoursAgo(3) });
    const answered = send({ body: "We are.", at: hoursAgo(2), status: "read" });
    expect(await run()).toMatchObject({ verified: 1, missed: 1, recovered: 2, errors: 0, exhausted: true });
    expect(await messagesOf(scene, lead)).toMatchObject([
      {
        ...{ externalId: asked.id, channel: "whatsapp", direction: "inbound", body: "Are you there?", kind: null },
        ...{ sentAt: asked.at, sentBy: null, deliveryStatus: null },
      },
      {
        ...{ externalId: answered.id, direction: "outbound", body: "We are.", kind: null, sentBy: null },
        ...{ sentByUserId: null, deliveryStatus: "read" },
      },
    ]);
    expect(await notesOf(scene, lead)).toEqual(["Missed webhook: 2 messages recovered"]);
    expect(await scene.runtime.db.leadNote.findMany({ where: { leadId: lead.id } })).toMatchObject([
      { addedBy: "background-sync" },
    ]);
  });

  it("moves the lead's times forward, and nothing else of it", async () => {
    const { lead, receive, send } = await addTalker({ lastOutboundAt: hoursAgo(1), lastActivityAt: hoursAgo(1) });
    const [asked] = [receive({ at: hoursAgo(3) }), send({ at: hoursAgo(2) })];
    await run();
    const { lastInboundAt: _, ...before } = lead;
    expect(await leadNow(lead.id)).toEqual({ ...before, lastInboundAt: asked.at });
  });

  it("that was sent in the future moves them no further than now", async () => {
    const { lead, receive } = await addTalker();
    const before = Date.now();
    receive({ at: hoursAgo(-100) });
    await run();
    const { lastActivityAt, lastInboundAt } = await leadNow(lead.id);
    expect(lastActivityAt).toEqual(lastInboundAt);
    expect(lastActivityAt?.getTime()).toBeLessThan(before + 3_600_000);
  });

  it.each([
    [
      "reaction",
      "inbound",
      { kind: "reaction", body: "Hello" },
      { lastInboundAt: null, lastActivityAt: expect.any(Date) },
    ],
    ["system", "inbound", { kind: "auto_reply", body: "" }, { lastInboundAt: null, lastActivityAt: null }],
    ["audio", "inbound", { kind: null, body: "" }, { lastInboundAt: expect.any(Date) }],
    ["image", "inbound", { kind: null, body: "Hello" }, { lastInboundAt: expect.any(Date) }],
    ["text", "failed", { deliveryStatus: "failed" }, { lastOutboundAt: null, lastActivityAt: null }],
  ] as const)("and is of type %s (%s) is recorded as what it is", async (type, how, expected, times) => {
    const { lead, receive, send } = await addTalker();
    if (how === "failed") send({ status: "failed" });
    else receive({ type });
    await run();
    expect(await messagesOf(scene, lead)).toMatchObject([expected]);
    expect(await leadNow(lead.id)).toMatchObject(times);
  });

  it("is recorded once, however often it is looked for", async () => {
    const { lead, receive } = await addTalker();
    receive();
    await run();
    expect(await run()).toMatchObject({ verified: 1, missed: 0, recovered: 0 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await notesOf(scene, lead)).toHaveLength(1);
  });

  it("is in a conversation of its own, and each conversation has its note", async () => {
    const { lead, receive } = await addTalker();
    scene.sandbox.kapso.end(receive().conversation.id);
    receive();
    receive();
    expect(await run()).toMatchObject({ listed: 2, verified: 2, missed: 2, recovered: 3 });
    const notes = await notesOf(scene, lead);
    expect(notes.toSorted()).toEqual(["Missed webhook: 1 messages recovered", "Missed webhook: 2 messages recovered"]);
  });

  it("is one of many: pages are read to their end, and there is one note", async () => {
    const { lead, receive } = await addTalker();
    for (let index = 0; index < 250; index++) receive({ body: `Part ${index}`, at: hoursAgo(2) });
    expect(await run()).toMatchObject({ verified: 1, missed: 1, recovered: 250 });
    expect(await messagesOf(scene, lead)).toHaveLength(250);
    expect(await notesOf(scene, lead)).toEqual(["Missed webhook: 250 messages recovered"]);
  });
});

describe("a message that is on record", () => {
  it("under its id is left alone, whatever else is different", async () => {
    const { lead, receive } = await addTalker();
    const { id: externalId } = receive({ body: "New words" });
    const common = { leadId: lead.id, channel: "whatsapp", direction: "inbound", externalId };
    await scene.runtime.db.message.create({ data: { ...common, body: "Old words", sentAt: hoursAgo(5) } });
    expect(await run()).toMatchObject({ verified: 1, missed: 0, named: 0 });
    expect(await messagesOf(scene, lead)).toMatchObject([{ body: "Old words" }]);
  });

  it("and was deleted stays deleted", async () => {
    const { lead, receive } = await addTalker();
    await byWebhook(lead.id, [receive()]);
    await scene.runtime.db.message.updateMany({ where: { leadId: lead.id }, data: { deletedAt: new Date() } });
    expect(await run()).toMatchObject({ missed: 0 });
    expect(await messagesOf(scene, lead)).toMatchObject([{ deletedAt: expect.any(Date) }]);
  });

  it("without an id gets it, if direction, words and second are the same", async () => {
    const { lead, receive, send } = await addTalker();
    const at = hoursAgo(1);
    const messages = [receive({ body: "Yes", at }), receive({ body: "Yes", at }), send({ body: "Yes", at })];
    await byWebhook(lead.id, messages.slice(0, 2), { keepsIds: false });
    await scene.runtime.db.$executeRaw`
      UPDATE "Message" SET "sentAt" = "sentAt" + interval '0.9 seconds' WHERE "leadId" = ${lead.id}`;
    expect(await run()).toMatchObject({ missed: 1, recovered: 1, named: 2 });
    const rows = await messagesOf(scene, lead);
    expect(rows.map(({ externalId }) => externalId).toSorted()).toEqual(messages.map(({ id }) => id).toSorted());
    expect(await run()).toMatchObject({ missed: 0, named: 0 });
  });

  it("without an id gets it, if a sequence sent it and the provider dates it within a minute", async () => {
    const { lead, send } = await addTalker();
    const [sentAt, words] = [hoursAgo(1), "Shall we talk?"];
    const later = (seconds: number) => new Date(sentAt.getTime() + seconds * 1_000);
    const own = { channel: "whatsapp", direction: "outbound", sentBy: "system", kind: "sequence", body: words };
    await scene.runtime.db.message.create({ data: { leadId: lead.id, ...own, sentAt } });
    const sent = send({ body: words, at: later(2.5) });
    const byHand = send({ body: words, at: later(59) });
    const tooLate = send({ body: words, at: later(61) });
    expect(await run()).toMatchObject({ missed: 1, recovered: 2, named: 1 });
    expect(await messagesOf(scene, lead)).toMatchObject([
      { externalId: sent.id, kind: "sequence", sentAt },
      { externalId: byHand.id, kind: null },
      { externalId: tooLate.id, kind: null },
    ]);
    expect(await run()).toMatchObject({ missed: 0, named: 0 });
  });

  it.each([
    ["a person wrote it", { sentBy: "setter", kind: null }, 1],
    ["it is a minute and a second away", { sentBy: "system", kind: "sequence" }, 61],
    ["it is as far away on the other side", { sentBy: "system", kind: "sequence" }, -61],
  ])("without an id is another one, if %s", async (_why, by, seconds) => {
    const { lead, send } = await addTalker();
    const sentAt = hoursAgo(1);
    const own = { channel: "whatsapp", direction: "outbound", body: "Shall we talk?", ...by };
    await scene.runtime.db.message.create({ data: { leadId: lead.id, ...own, sentAt } });
    send({ body: own.body, at: new Date(sentAt.getTime() + seconds * 1_000) });
    expect(await run()).toMatchObject({ missed: 1, recovered: 1, named: 0 });
    expect(await messagesOf(scene, lead)).toHaveLength(2);
  });

  it("without an id and in other words is another one", async () => {
    const { lead, receive } = await addTalker();
    const asked = receive({ body: "Yes", at: hoursAgo(1) });
    await byWebhook(lead.id, [asked], { keepsIds: false });
    await scene.runtime.db.message.updateMany({ where: { leadId: lead.id }, data: { body: "Yes!" } });
    expect(await run()).toMatchObject({ missed: 1, named: 0 });
    expect(await messagesOf(scene, lead)).toHaveLength(2);
  });

  it("at another lead of the workspace is there", async () => {
    const { lead, receive } = await addTalker();
    const other = await addKapsoLead(scene, workspace);
    await byWebhook(other.id, [receive()]);
    expect(await run()).toMatchObject({ verified: 1, missed: 0 });
    expect(await messagesOf(scene, lead)).toEqual([]);
  });

  it("in another workspace is not", async () => {
    const { lead, receive } = await addTalker();
    const stranger = await addKapsoLead(scene, await addKapsoWorkspace(scene));
    await byWebhook(stranger.id, [receive()]);
    expect(await run()).toMatchObject({ missed: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
  });
});

describe("whose a conversation is", () => {
  it("is told by the digits of the phone, however either side writes it", async () => {
    const { lead, receive } = await addTalker({ phone: "+52 (1) 55-5010-0001" });
    receive();
    expect(await run()).toMatchObject({ verified: 1, unknownContacts: 0 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
  });

  it("is the older lead's, where two have the same number", async () => {
    const { lead, receive } = await addTalker();
    const younger = await addKapsoLead(scene, workspace, { phone: lead.phone });
    receive();
    await run();
    expect(await messagesOf(scene, lead)).toHaveLength(1);
    expect(await messagesOf(scene, younger)).toEqual([]);
  });

  it("is nobody's, where nobody has the number or there is none: counted and left alone", async () => {
    const { receive } = await addTalker({ phone: "(555) 010-0099" });
    const { kapso } = scene.sandbox;
    const before = await scene.runtime.db.message.count();
    receive();
    kapso.receive(workspace.account, { phone: "+15550109999" });
    kapso.receive(workspace.account, { businessScopedUserId: "US.1" });
    expect(await run()).toMatchObject({ listed: 3, unknownContacts: 3, verified: 0, missed: 0, errors: 0 });
    expect(await scene.runtime.db.message.count()).toBe(before);
  });

  it("is no lead's of another workspace", async () => {
    const { lead } = await addTalker();
    const other = await addKapsoWorkspace(scene);
    scene.sandbox.kapso.receive(other.account, personOf(lead));
    expect(await syncOnce(scene, { clientId: other.id })).toMatchObject({ unknownContacts: 1, verified: 0 });
    expect(await messagesOf(scene, lead)).toEqual([]);
  });
});

describe("what is compared", () => {
  it("goes back a week the first time, and then to ten minutes before the last success", async () => {
    const { lead, receive } = await addTalker();
    receive({ at: hoursAgo(24 * 8) });
    receive({ at: hoursAgo(24 * 6) });
    expect(await run()).toMatchObject({ recovered: 1 });
    await letTimePass(scene, workspace, 2);
    receive({ at: hoursAgo(2.5) });
    receive({ at: hoursAgo(2 + 9 / 60) });
    expect(await run()).toMatchObject({ recovered: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(2);
  });

  it("goes back further after runs that failed", async () => {
    const { lead, receive } = await addTalker();
    await run();
    await letTimePass(scene, workspace, 30);
    receive({ at: hoursAgo(29) });
    const down = scene.sandbox.faults.add({ match: { provider: "KAPSO" }, fault: { kind: "unprocessable" } });
    expect(await run()).toMatchObject({ errors: 1 });
    down.remove();
    expect(await run()).toMatchObject({ errors: 0, recovered: 1 });
    expect(await messagesOf(scene, lead)).toHaveLength(1);
  });
});

describe("who is flagged", () => {
  it("is nobody whose messages were merely lost", async () => {
    const { lead, receive } = await addTalker({ lastActivityAt: hoursAgo(5) });
    receive();
    const quiet = await addQuietLead(scene, workspace, 5);
    expect(await run({ staleMinutes: 60 })).toMatchObject({ checked: 2, stale: 1, flagged: 1, missed: 1 });
    expect(await notesOf(scene, lead)).toEqual(["Missed webhook: 1 messages recovered"]);
    expect(await notesOf(scene, quiet)).toEqual(["Sync check: No activity for 5 hours"]);
  });

  it("may be somebody with a note of recovered messages: that is no flag", async () => {
    const { lead, receive } = await addTalker();
    receive({ at: hoursAgo(9) });
    expect(await run({ staleMinutes: 60 })).toMatchObject({ stale: 1, flagged: 1, missed: 1 });
    expect((await notesOf(scene, lead)).toSorted()).toEqual([
      "Missed webhook: 1 messages recovered",
      "Sync check: No activity for 9 hours",
    ]);
    expect(await healthOf(scene, workspace)).toMatchObject([
      { contactsChecked: 1, staleFound: 1, flagged: 1, missed: 1 },
    ]);
  });
});
