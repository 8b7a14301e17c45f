import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFollowUpSequence,
  addMessage,
  addReachableLead,
  daysAgo,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
  tasksFor,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { resumeGhostedFollowUps, resumeSnoozedFollowUps } from "./resumes";
import { resumeAwaitingEnrichmentFollowUps } from "./step-resumes";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

type Stage = Awaited<ReturnType<typeof setDueStage>>;
const REPLIED = {
  instance: { status: "paused", pausedReason: "lead_replied", lastStepAt: daysAgo(20), currentStep: 1 },
};
const SNOOZED = { instance: { status: "paused", pausedReason: "lead_snoozed" } };
const RESUMES = {
  snoozed: resumeSnoozedFollowUps,
  ghosted: resumeGhostedFollowUps,
  enrichment: resumeAwaitingEnrichmentFollowUps,
};
const WAITING = { instance: { status: "paused", pausedReason: "awaiting_enrichment" } };

describe("a lead that replied and fell silent", () => {
  /** The lead wrote `theirs` days ago, we answered `ours` days ago. */
  async function setSilentStage(theirs: number, ours: number, more: object = {}): Promise<Stage> {
    const stage = await setDueStage(scene, [{}, { messageTemplate: "Still there?" }, { dayOffset: 0 }], REPLIED);
    await addMessage(scene, stage.lead, { sentAt: daysAgo(theirs) });
    await addMessage(scene, stage.lead, { sentAt: daysAgo(ours), direction: "outbound", sentBy: "setter", ...more });
    return stage;
  }

  it("is taken up again after seven days, with one touch", async () => {
    const { workspace, lead, instance } = await setSilentStage(10, 7.01);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ resumed: { resumedCount: 1 }, results: { due: 1, sent: 1, blocked: 0 } });
    expect(textsTo(scene, lead)).toEqual(["Still there?"]);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", currentStep: 2, resumedAt: expect.any(Date) });
    // The next step is reckoned from this one, though it was due long ago.
    expect(after.nextStepDue).toEqual(after.lastStepAt);
  });

  it.each([
    ["our last word is six days old", 10, 6.9, {}],
    ["the last word is the lead's", 8, 9, {}],
    ["our answer bounced", 10, 8, { deliveryStatus: "bounced" }],
    ["our answer was automatic", 10, 8, { kind: "auto_reply" }],
    ["our answer was deleted", 10, 8, { deletedAt: new Date() }],
  ])("is left in peace while %s", async (_, theirs, ours, more) => {
    const { workspace, instance } = await setSilentStage(theirs, ours, more);
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ resumed: { resumedCount: 0 } });
    expect(await instanceNow(scene, instance)).toMatchObject({ pausedReason: "lead_replied" });
  });

  it("is taken up by a sequence's own message too: that is ours as well", async () => {
    const { workspace } = await setSilentStage(10, 8, { kind: "sequence", sentBy: "system" });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ resumed: { resumedCount: 1 } });
  });

  it("stays paused when it has an automatic reply and nothing of its own", async () => {
    const stage = await setDueStage(scene, [{}, {}], REPLIED);
    await addMessage(scene, stage.lead, { sentAt: daysAgo(10), kind: "auto_reply" });
    await addMessage(scene, stage.lead, { sentAt: daysAgo(9), direction: "outbound" });
    expect(await followUpOnce(scene, { clientId: stage.workspace.id })).toMatchObject({ resumed: { resumedCount: 0 } });
  });

  it("is not asked whether it answered once more: the condition no_response still knows that it did", async () => {
    const stage = await setSilentStage(10, 8);
    const condition = { condition: { type: "no_response" } };
    await scene.runtime.db.followUpStep.updateMany({ where: { sequenceId: stage.sequence.id }, data: condition });
    await followUpOnce(scene, { clientId: stage.workspace.id });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ status: "completed", currentStep: 3 });
  });
});

describe.each<["snoozed" | "ghosted" | "enrichment", { instance: { status: string; pausedReason: string } }]>([
  ["snoozed", SNOOZED],
  ["ghosted", REPLIED],
  ["enrichment", WAITING],
])("the resume of %s", (name, paused) => {
  async function setPausedStage(more: { lead?: object; workspace?: object } = {}) {
    const stage = await setDueStage(scene, [{}, {}], { ...paused, ...more });
    if (name !== "ghosted") return stage;
    await addMessage(scene, stage.lead, { sentAt: daysAgo(12) });
    await addMessage(scene, stage.lead, { sentAt: daysAgo(8), direction: "outbound" });
    return stage;
  }
  const resumedOf = (ran: Awaited<ReturnType<typeof followUpOnce>>) =>
    ({ snoozed: ran.snoozed, ghosted: ran.resumed, enrichment: ran.enrichment })[name].resumedCount;

  it("lets it go on, with one touch in this run", async () => {
    const { workspace, lead, instance } = await setPausedStage();
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(resumedOf(ran)).toBe(1);
    expect(ran.results).toMatchObject({ due: 1, sent: 1 });
    expect(textsTo(scene, lead)).toHaveLength(1);
    expect(await instanceNow(scene, instance)).toMatchObject({ resumedAt: expect.any(Date) });
  });

  it.each([
    ["booked", { lead: { status: "meeting-booked", appointmentEndAt: minutesAgo(-60) } }],
    ["opted out", { lead: { autoFollowUpEnabled: false } }],
    ["owned by people", { lead: { status: "converted" } }],
    ["snoozed", { lead: { snoozedUntil: minutesAgo(-60) } }],
    ["in a workspace that is paused", { workspace: { followUpsPausedUntil: minutesAgo(-60) } }],
  ])("leaves a lead alone that is %s", async (_, more) => {
    const { workspace, lead, instance } = await setPausedStage(more);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(resumedOf(ran)).toBe(0);
    expect(textsTo(scene, lead)).toEqual([]);
    expect((await instanceNow(scene, instance)).status).not.toBe("active");
  });

  it("leaves a sequence alone that is not active", async () => {
    const { workspace, sequence } = await setPausedStage();
    await scene.runtime.db.followUpSequence.update({ where: { id: sequence.id }, data: { isActive: false } });
    expect(resumedOf(await followUpOnce(scene, { clientId: workspace.id }))).toBe(0);
  });

  it("is of all that there are, however many", async () => {
    const { workspace, sequence } = await setPausedStage();
    const { db } = scene.runtime;
    await db.$executeRaw`
      INSERT INTO "Lead" ("id", "clientId", "phone")
      SELECT ${name} || g, ${workspace.id}, '+15550100000' FROM generate_series(1, 2300) g`;
    await db.$executeRaw`
      INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "status", "pausedReason", "startedAt", "nextStepDue")
      SELECT l."id", ${sequence.id}, 'paused', ${paused.instance.pausedReason}, ${daysAgo(20)}::timestamptz,
        ${minutesAgo(60)}::timestamptz
      FROM "Lead" l WHERE l."clientId" = ${workspace.id} AND starts_with(l."id", ${name})`;
    await db.$executeRaw`
      INSERT INTO "Message" ("leadId", "channel", "direction", "sentAt")
      SELECT l."id", 'sms', d, CASE d WHEN 'inbound' THEN ${daysAgo(12)}::timestamptz ELSE ${daysAgo(8)} END
      FROM "Lead" l, unnest(ARRAY['inbound', 'outbound']) d
      WHERE l."clientId" = ${workspace.id} AND starts_with(l."id", ${name}) AND ${name} = 'ghosted'`;
    const scope = { db, now: minutesAgo(0), clientId: workspace.id };
    expect(await RESUMES[name](scope)).toMatchObject({ resumedCount: 2_301, exhausted: true });
    expect(await RESUMES[name](scope)).toMatchObject({ resumedCount: 0, exhausted: true });
    await db.client.delete({ where: { id: workspace.id } });
  });
});

describe("a lead that wrote while it was snoozed", () => {
  it("is paused for its reply when the snooze is over", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}], SNOOZED);
    await addMessage(scene, lead, { sentAt: minutesAgo(90) });
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ snoozed: { resumedCount: 0 }, results: { sent: 0 } });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "lead_replied" });
  });
});

describe("a lead that waits for enrichment", () => {
  it.each([
    ["an e-mail", "email", { email: null }],
    ["a text message", "sms", { phone: null }],
    ["a call", "call", { phone: " " }],
  ] as const)("gets %s as soon as it can be reached", async (_, channel, lead) => {
    const stage = await setDueStage(scene, [{ channel }], {
      ...WAITING,
      lead: { ...lead, enrichmentStatus: "pending" },
    });
    const { workspace, instance } = stage;
    const before = await followUpOnce(scene, { clientId: workspace.id });
    expect(before).toMatchObject({ enrichment: { resumedCount: 0, skippedCount: 0 } });
    const reach = { email: "found@example.com", phone: "+15550100099", enrichmentStatus: "done" };
    await scene.runtime.db.lead.update({ where: { id: stage.lead.id }, data: reach });
    const after = await followUpOnce(scene, { clientId: workspace.id });
    expect(after).toMatchObject({ enrichment: { resumedCount: 1, skippedCount: 0 } });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed" });
  });

  it("goes on with the step after it where enrichment has failed, and leaves the step to people", async () => {
    const more = { ...WAITING, lead: { phone: null, enrichmentStatus: "failed" } };
    const { workspace, lead, instance } = await setDueStage(scene, [{}, { channel: "email", dayOffset: 2 }], more);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ enrichment: { resumedCount: 0, skippedCount: 1 }, results: { sent: 0 } });
    expect(await tasksFor(scene, lead)).toMatchObject([{ type: "sms", stepOrder: 1, suggestedMessage: "Hi Ada" }]);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", pausedReason: null, currentStep: 1 });
    expect(after.nextStepDue?.getTime()).toBe((after.lastStepAt?.getTime() ?? 0) + 2 * 86_400_000);
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ enrichment: { skippedCount: 0 } });
    expect(await tasksFor(scene, lead)).toHaveLength(1);
  });
});

describe("steps of a resumed instance that are due at once", () => {
  it("come one in a run, while those of others come together", async () => {
    const steps = [{ channel: "sms" }, { channel: "email", dayOffset: 0 }, { channel: "call", dayOffset: 0 }] as const;
    const { workspace, lead, sequence, instance } = await setDueStage(scene, steps, SNOOZED);
    const other = await addReachableLead(scene, workspace);
    await startInstance(scene, other, sequence);
    const first = await followUpOnce(scene, { clientId: workspace.id });
    expect(first.results).toMatchObject({ sent: 3, tasks: 1, completed: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ currentStep: 1 });
    expect(textsTo(scene, lead)).toHaveLength(1);
    const second = await followUpOnce(scene, { clientId: workspace.id });
    expect(second.results).toMatchObject({ sent: 1, tasks: 1, completed: 1 });
  });

  it("are no reason to send one lead two messages on one channel", async () => {
    const { workspace, lead } = await setDueStage(scene, [{}, {}], SNOOZED);
    const other = await addFollowUpSequence(scene, workspace, [{}, {}]);
    await startInstance(scene, lead, other, SNOOZED.instance);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ snoozed: { resumedCount: 2 }, results: { sent: 1, deferred: 1 } });
    expect(textsTo(scene, lead)).toHaveLength(1);
  });
});
