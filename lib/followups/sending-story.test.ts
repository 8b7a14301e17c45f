import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import {
  addFollowUpSequence,
  addReachableLead,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
  tasksFor,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { addKapsoWorkspace, openScene, type Scene } from "@/scripts/testing/scene";

describe("a message that is due", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene({ PROVIDER_TIMEOUT_MS: "400" });
  });
  afterAll(() => scene.close());

  const sendsNow = (instance: { id: string }) =>
    scene.runtime.db.followUpSend.findMany({ where: { instanceId: instance.id } });

  it("is sent, kept with the lead's messages, and followed by the next step", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{ messageTemplate: "Hi {{firstName}}!" }, {}]);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ exhausted: true, stopReason: "done" });
    expect(ran.results).toEqual({ ...NOTHING, due: 1, sent: 1 });
    expect(textsTo(scene, lead)).toEqual(["Hi Ada!"]);
    const { db } = scene.runtime;
    const [message, ...others] = await db.message.findMany({ where: { leadId: lead.id } });
    expect(others).toEqual([]);
    expect(message).toMatchObject({ kind: "sequence", direction: "outbound", sentBy: "system", body: "Hi Ada!" });
    expect(message?.externalId).toBe(scene.sandbox.ghl.outbox.deliveries(lead.ghlContactId ?? "")[0]?.id);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", currentStep: 1, claimToken: null, lastStepAt: message?.sentAt });
    expect(after.nextStepDue?.getTime()).toBe((after.lastStepAt?.getTime() ?? 0) + DAY_MS);
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({ lastOutboundAt: message?.sentAt });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: NOTHING });
  });

  it("is the last of its sequence: the instance is finished", async () => {
    const { workspace, instance } = await setDueStage(scene);
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 1, sent: 1, completed: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({
      ...{ status: "completed", completedReason: "finished", completedAt: expect.any(Date), nextStepDue: null },
    });
  });

  it("is one message, where the provider's own report of it is stored first", async () => {
    const { workspace, lead } = await setDueStage(scene);
    const { db } = scene.runtime;
    const report = async (step: string) => {
      const [delivered] = scene.sandbox.ghl.outbox.deliveries(lead.ghlContactId ?? "");
      if (step !== "recording" || !delivered) return;
      const said = { channel: "sms", direction: "outbound", externalId: delivered.id, body: delivered.body };
      await db.message.create({ data: { leadId: lead.id, sentAt: minutesAgo(0), ...said } });
    };
    await followUpOnce(scene, { clientId: workspace.id, deps: { onStep: report } });
    expect(await db.message.findMany({ where: { leadId: lead.id } })).toMatchObject([{ kind: "sequence" }]);
  });

  it.each([
    ["a 422", { kind: "unprocessable" }],
    ["a 404", { kind: "not_found" }],
  ] as const)("becomes a task where the provider refuses it with %s, and the next step comes", async (_, fault) => {
    const { workspace, lead, instance } = await setDueStage(scene, [{ messageTemplate: "Hi" }, {}]);
    const rule = scene.sandbox.faults.add({ match: { account: workspace.account, method: "POST" }, fault });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    rule.remove();
    expect(results).toEqual({ ...NOTHING, due: 1, failed: 1, tasks: 1 });
    expect(textsTo(scene, lead)).toEqual([]);
    expect(await tasksFor(scene, lead)).toMatchObject([
      { type: "sms", instanceId: instance.id, stepOrder: 1, suggestedMessage: "Hi", status: "pending" },
    ]);
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "active", currentStep: 1 });
    expect(await sendsNow(instance)).toMatchObject([{ status: "refused", reason: expect.any(String) }]);
  });

  it("waits as long as the provider asks for, after a 429", async () => {
    const { workspace, instance } = await setDueStage(scene);
    const fault = { kind: "status", status: 429, headers: { "retry-after": "600" } } as const;
    const rule = scene.sandbox.faults.add({ match: { account: workspace.account, method: "POST" }, fault });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    rule.remove();
    expect(results).toEqual({ ...NOTHING, due: 1, deferred: 1 });
    const { nextStepDue } = await instanceNow(scene, instance);
    expect(Math.round(((nextStepDue?.getTime() ?? 0) - minutesAgo(0).getTime()) / MINUTE_MS)).toBe(10);
  });

  it("waits a minute after a 409, two after the second, and after the eighth becomes a task", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}, {}]);
    const { db } = scene.runtime;
    const fault = { kind: "status", status: 409 } as const;
    const rule = scene.sandbox.faults.add({ match: { account: workspace.account, method: "POST" }, fault });
    const waits: number[] = [];
    for (let tries = 1; tries < 8; tries++) {
      const { results } = await followUpOnce(scene, { clientId: workspace.id });
      expect(results, `try ${tries}`).toEqual({ ...NOTHING, due: 1, deferred: 1 });
      const { nextStepDue, currentStep } = await instanceNow(scene, instance);
      expect(currentStep).toBe(0);
      waits.push(Math.round(((nextStepDue?.getTime() ?? 0) - minutesAgo(0).getTime()) / MINUTE_MS));
      await db.followUpInstance.update({ where: { id: instance.id }, data: { nextStepDue: minutesAgo(1) } });
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64]);
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    rule.remove();
    expect(results).toEqual({ ...NOTHING, due: 1, failed: 1, tasks: 1 });
    expect(await tasksFor(scene, lead)).toHaveLength(1);
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "active", currentStep: 1 });
  });

  it.each([
    ["a 500", { kind: "server_error", status: 500 }],
    ["an answer that never comes", { kind: "no_answer" }],
    ["a reset", { kind: "reset" }],
    ["an answer that was lost", { kind: "lost_answer", as: "reset" }],
  ] as const)("is uncertain after %s, and never sent again", async (_, fault) => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}, { channel: "email" }]);
    const rule = scene.sandbox.faults.add({ match: { account: workspace.account, method: "POST" }, fault });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    rule.remove();
    expect(results).toEqual({ ...NOTHING, due: 1, unknown: 1 });
    const delivered = textsTo(scene, lead).length;
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "send_uncertain" });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(textsTo(scene, lead)).toHaveLength(delivered);
    // Whoever looks into it and lets the instance go on gets the next step, not the same one again.
    const { db } = scene.runtime;
    await db.followUpInstance.update({ where: { id: instance.id }, data: { status: "active", pausedReason: null } });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(textsTo(scene, lead)).toHaveLength(delivered);
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "active", currentStep: 1 });
  });

  it("is sent once, wherever somebody sets the instance's step back to", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}, {}]);
    await followUpOnce(scene, { clientId: workspace.id });
    const { db } = scene.runtime;
    const back = { currentStep: 0, nextStepDue: minutesAgo(5), lastStepAt: null };
    await db.followUpInstance.update({ where: { id: instance.id }, data: back });
    await db.followUpSend.updateMany({ where: { instanceId: instance.id }, data: { localDay: "2020-01-01" } });
    await followUpOnce(scene, {
      clientId: workspace.id,
      deps: { clock: { now: () => minutesAgo(-3 * 24 * 60 + 60) } },
    });
    expect(textsTo(scene, lead)).toHaveLength(1);
    expect(await instanceNow(scene, instance)).toMatchObject({ currentStep: 1, status: "active" });
  });

  it("may be sent again in a new round, when the sequence starts again from the beginning", async () => {
    const { workspace, lead, instance } = await setDueStage(scene);
    await followUpOnce(scene, { clientId: workspace.id });
    const { db } = scene.runtime;
    const nextDay = { now: () => minutesAgo(-24 * 60) };
    const again = {
      status: "active",
      currentStep: 0,
      startedAt: nextDay.now(),
      nextStepDue: nextDay.now(),
      lastStepAt: null,
    };
    await db.followUpInstance.update({ where: { id: instance.id }, data: again });
    await followUpOnce(scene, { clientId: workspace.id, deps: { clock: nextDay } });
    expect(textsTo(scene, lead)).toHaveLength(2);
  });

  it("goes through Kapso where WhatsApp is set up there", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const { db } = scene.runtime;
    await db.client.update({ where: { id: workspace.id }, data: { workStartTime: "00:00", workEndTime: "00:00" } });
    const lead = await db.lead.create({ data: { clientId: workspace.id, phone: "+15550100001", firstName: "Ada" } });
    const sequence = await addFollowUpSequence(scene, workspace, [{ channel: "whatsapp" }]);
    await startInstance(scene, lead, sequence);
    scene.sandbox.ledger.clear();
    await followUpOnce(scene, { clientId: workspace.id });
    expect(scene.sandbox.ledger.entries.map(({ provider }) => provider)).toEqual(["KAPSO"]);
    expect(await db.followUpSend.findMany({ where: { leadId: lead.id } })).toHaveLength(1);
  });

  it("pauses where the workspace has no sender for its channel", async () => {
    const { workspace, instance } = await setDueStage(scene, [{}], { workspace: { ghlPrivateKey: null } });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 1, blocked: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "no_sender" });
  });
});

describe("a circuit that is open", () => {
  it("lets messages wait, and tasks and ends go on", async () => {
    const scene = await openScene();
    const { workspace, instance: first } = await setDueStage(scene);
    const { db } = scene.runtime;
    const sms = await addFollowUpSequence(scene, workspace, [{}]);
    const calls = await addFollowUpSequence(scene, workspace, [{ channel: "call" }]);
    const none = await addFollowUpSequence(scene, workspace, []);
    const leads = await Promise.all(Array.from({ length: 30 }, () => addReachableLead(scene, workspace)));
    for (const lead of leads) await startInstance(scene, lead, sms, { nextStepDue: minutesAgo(90) });
    const [someone] = leads;
    if (!someone) throw new Error("there are leads");
    await startInstance(scene, someone, calls);
    await startInstance(scene, someone, none);
    const openUntil = new Date(Date.now() + MINUTE_MS);
    await db.circuit.create({ data: { clientId: workspace.id, provider: "GHL", openedAt: new Date(), openUntil } });
    scene.sandbox.ledger.clear();
    const { results, exhausted } = await followUpOnce(scene);
    expect(scene.sandbox.ledger.entries).toEqual([]);
    expect(results).toMatchObject({ sent: 0, tasks: 1, completed: 2, failed: 0, unknown: 0 });
    expect(exhausted).toBe(true);
    // One batch finds the circuit open; nobody asks for the rest of them one after the other.
    expect(results.deferred).toBeLessThanOrEqual(20);
    expect(await instanceNow(scene, first)).toMatchObject({ status: "active", claimToken: null, currentStep: 0 });
    await scene.close();
  });
});

const NOTHING = { due: 0, sent: 0, tasks: 0, completed: 0, deferred: 0, blocked: 0, failed: 0, unknown: 0 };
