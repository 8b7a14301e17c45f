import { describe, expect, it } from "vitest";
import { MINUTE_MS } from "@/lib/core/time";
import {
  addFollowUpSequence,
  addMessage,
  addOpenWorkspace,
  addReachableLead,
  daysAgo,
  followUpOnce,
  type InstanceFields,
  minutesAgo,
  type StepFields,
  startInstance,
} from "@/scripts/testing/follow-up-story";
import { everyRow } from "@/scripts/testing/lead-story";
import { type LeadFields, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";

describe("a dry run", () => {
  it("says what a run would do, and does nothing", async () => {
    const scene = await openScene();
    const workspace = await setRichStage(scene);
    const before = await everythingIn(scene);
    scene.sandbox.ledger.clear();

    const dry = await followUpOnce(scene, { dryRun: true });

    expect(await everythingIn(scene)).toEqual(before);
    expect(scene.sandbox.ledger.entries).toEqual([]);
    expect(await scene.runtime.db.lease.count()).toBe(0);
    expect(dry).toMatchObject({ exhausted: true, stopReason: "done", errors: [] });
    expect(await followUpOnce(scene, { dryRun: true, clientId: workspace.id })).toEqual(dry);
    const real = await followUpOnce(scene);
    expect(dry).toEqual(real);
    expect(real).toMatchObject({
      ...{ backstop: { completedCount: 1 }, snoozed: { resumedCount: 1 }, resumed: { resumedCount: 1 } },
      ...{ enrichment: { resumedCount: 1, skippedCount: 1 }, approval: { resumedCount: 1 } },
    });
    for (const [name, count] of Object.entries(real.results)) {
      if (name !== "failed") expect(count, name).toBeGreaterThan(0);
    }
    // What was resumed had its one touch; its next step was due at once, and comes in the next run.
    expect(await followUpOnce(scene, { dryRun: true })).toMatchObject({ results: { due: 1, sent: 1 } });
    await scene.close();
  });

  it("stands in no run's way, and no run in its", async () => {
    const scene = await openScene();
    await setRichStage(scene);
    const dry: unknown[] = [];
    const onStep = async (step: string) => {
      if (step === "lease_taken") dry.push(await followUpOnce(scene, { dryRun: true }));
    };
    expect(await followUpOnce(scene, { deps: { onStep } })).toEqual(dry[0]);
    await scene.close();
  });
});

/** One of everything that a run can meet. */
async function setRichStage(scene: Scene): Promise<TestWorkspace> {
  const workspace = await addOpenWorkspace(scene);
  const { db } = scene.runtime;
  const add = async (
    steps: readonly StepFields[],
    { lead = {}, instance = {} }: { lead?: Partial<LeadFields>; instance?: InstanceFields } = {},
  ) => {
    const added = await addReachableLead(scene, workspace, lead);
    const sequence = await addFollowUpSequence(scene, workspace, steps);
    return { lead: added, sequence, instance: await startInstance(scene, added, sequence, instance) };
  };
  const paused = (pausedReason: string) => ({ instance: { status: "paused", pausedReason } });
  await add([{}, {}]);
  await add([{}, { channel: "email", dayOffset: 0 }, { channel: "call", dayOffset: 0 }]);
  await add([{ condition: { type: "email_provided" } }, { dayOffset: 0 }], { lead: { email: null } });
  await add([{ requiresApproval: true }]);
  await add([{ messageTemplate: "{{lastName}}" }]);
  await add([{ condition: "?" }]);
  await add([]);
  await add([{}], { lead: { status: "meeting-booked" } });
  await add([{}], { lead: { snoozedUntil: minutesAgo(-60) } });
  await add([{}], { lead: { autoFollowUpEnabled: false } });
  await add([{}, { dayOffset: 0, channel: "email" }], paused("lead_snoozed"));
  await add([{}], { ...paused("awaiting_enrichment") });
  await add([{}, {}], { ...paused("awaiting_enrichment"), lead: { phone: null, enrichmentStatus: "failed" } });
  await add([{}], { lead: { phone: null, enrichmentStatus: "pending" } });
  const replied = await add([{}]);
  await addMessage(scene, replied.lead, { sentAt: minutesAgo(10) });
  const early = await add([{}], { instance: { nextStepDue: minutesAgo(-100) } });
  await addMessage(scene, early.lead, { sentAt: minutesAgo(10) });
  const unseen = await add([{}]);
  await addMessage(scene, unseen.lead, { sentAt: minutesAgo(10), createdAt: daysAgo(300) });
  const ghosted = await add([{}], paused("lead_replied"));
  await addMessage(scene, ghosted.lead, { sentAt: daysAgo(1) });
  await addMessage(scene, ghosted.lead, { sentAt: daysAgo(10) });
  await db.message.deleteMany({ where: { leadId: ghosted.lead.id, sentAt: { gt: daysAgo(5) } } });
  await addMessage(scene, ghosted.lead, { sentAt: daysAgo(8), direction: "outbound" });
  const twice = await add([{}]);
  await startInstance(scene, twice.lead, await addFollowUpSequence(scene, workspace, [{}]));
  const approved = await add([{}, {}], paused("awaiting_approval"));
  const task = { leadId: approved.lead.id, instanceId: approved.instance.id, stepOrder: 1, type: "sms" };
  await db.followUpTask.create({ data: { ...task, status: "skipped", dueDate: daysAgo(1) } });
  const interrupted = await add([{}]);
  await leaveInterrupted(scene, interrupted);
  return workspace;
}

async function leaveInterrupted(
  { runtime: { db } }: Scene,
  { lead, instance }: { lead: { id: string }; instance: { id: string; startedAt: Date } },
) {
  const past = new Date(Date.now() - MINUTE_MS);
  await db.followUpInstance.update({ where: { id: instance.id }, data: { claimToken: "dead", claimExpiresAt: past } });
  await db.followUpSend.create({
    data: {
      ...{ instanceId: instance.id, round: instance.startedAt, stepOrder: 1, leadId: lead.id, channel: "sms" },
      ...{ localDay: "2026-11-18", status: "sending", claimToken: "dead", markedAt: minutesAgo(5), expiresAt: past },
    },
  });
}

async function everythingIn(scene: Scene) {
  const { db } = scene.runtime;
  return { ...(await everyRow(scene)), sends: await db.followUpSend.findMany(), circuits: await db.circuit.findMany() };
}
