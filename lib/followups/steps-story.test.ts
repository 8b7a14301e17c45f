import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  daysAgo,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  tasksFor,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const NOTHING = { due: 0, sent: 0, tasks: 0, completed: 0, deferred: 0, blocked: 0, failed: 0, unknown: 0 };

describe("a step that people do", () => {
  it.each(["call", "linkedin"] as const)("leaves a task for a %s, and the instance goes on", async (channel) => {
    const steps = [{ channel, messageTemplate: "Ask {{firstName}}" }, { dayOffset: 2 }];
    const { workspace, lead, instance } = await setDueStage(scene, steps);
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 1, tasks: 1 });
    expect(await tasksFor(scene, lead)).toMatchObject([
      { type: channel, suggestedMessage: "Ask Ada", instanceId: instance.id, stepOrder: 1, status: "pending" },
    ]);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", currentStep: 1, lastStepAt: expect.any(Date) });
    expect(after.nextStepDue?.getTime()).toBe((after.lastStepAt?.getTime() ?? 0) + 2 * 86_400_000);
  });

  it.each(["completed", "skipped"])("and that needs approval waits until its task is %s", async (status) => {
    const steps = [{ requiresApproval: true, messageTemplate: "Hi {{firstName}}" }, { dayOffset: 3 }];
    const { workspace, lead, instance } = await setDueStage(scene, steps);
    const { db } = scene.runtime;
    const first = await followUpOnce(scene, { clientId: workspace.id });
    expect(first.results).toEqual({ ...NOTHING, due: 1, tasks: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({
      ...{ status: "paused", pausedReason: "awaiting_approval", currentStep: 0 },
    });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ approval: { resumedCount: 0 } });
    const [task, ...others] = await tasksFor(scene, lead);
    expect(others).toEqual([]);
    expect(task).toMatchObject({ type: "sms", suggestedMessage: "Hi Ada", subject: null, stepOrder: 1 });
    await db.followUpTask.update({ where: { id: task?.id ?? "" }, data: { status } });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({
      ...{ approval: { resumedCount: 1 }, results: NOTHING },
    });
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", pausedReason: null, currentStep: 1, resumedAt: expect.any(Date) });
    expect(after.nextStepDue?.getTime()).toBe((after.lastStepAt?.getTime() ?? 0) + 3 * 86_400_000);
    expect(textsTo(scene, lead)).toEqual([]);
  });

  it("waits for its own round's approval: an earlier one's counts no more", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{ requiresApproval: true }]);
    const { db } = scene.runtime;
    await followUpOnce(scene, { clientId: workspace.id });
    await db.followUpTask.updateMany({ where: { leadId: lead.id }, data: { status: "completed" } });
    const again = { status: "active", pausedReason: null, startedAt: minutesAgo(30), nextStepDue: minutesAgo(10) };
    await db.followUpInstance.update({ where: { id: instance.id }, data: again });
    await followUpOnce(scene, { clientId: workspace.id });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(await instanceNow(scene, instance)).toMatchObject({ pausedReason: "awaiting_approval", currentStep: 0 });
    expect(await tasksFor(scene, lead)).toHaveLength(2);
  });

  it("is approved by a task that another program wrote as well", async () => {
    const paused = { status: "paused", pausedReason: "awaiting_approval" };
    const { workspace, lead, instance } = await setDueStage(scene, [{}], { instance: paused });
    const task = { leadId: lead.id, instanceId: instance.id, stepOrder: 1, type: "sms", status: "completed" };
    await scene.runtime.db.followUpTask.create({ data: { ...task, dueDate: daysAgo(1) } });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed", completedReason: "finished" });
  });
});

describe("a condition", () => {
  it.each([
    ["phone_provided", { phone: null }],
    ["email_provided", { email: " " }],
  ])("%s that does not hold skips its step, with no touch", async (type, lead) => {
    const steps = [{ condition: { type } }, { channel: "linkedin", dayOffset: 4 }] as const;
    const { workspace, instance, ...stage } = await setDueStage(scene, steps, { lead });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 1 });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", currentStep: 1, lastStepAt: null });
    expect(Math.round(((after.nextStepDue?.getTime() ?? 0) - minutesAgo(0).getTime()) / 3_600_000)).toBe(96);
  });

  it("that holds is no hindrance", async () => {
    const { workspace } = await setDueStage(scene, [{ condition: { type: "no_response" } }]);
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: { sent: 1 } });
  });

  it("leads past several steps at once where the one after is due at once", async () => {
    const never = { condition: { type: "email_provided" }, dayOffset: 0 };
    const steps = [never, never, { dayOffset: 0, messageTemplate: "third" }, never];
    const { workspace, lead, instance } = await setDueStage(scene, steps, { lead: { email: null } });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toMatchObject({ sent: 1, completed: 1 });
    expect(textsTo(scene, lead)).toEqual(["third"]);
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed", currentStep: 4 });
  });

  it.each([[{ type: "if_raining" }], [{}], ["always"], [7]])(
    "that is %j pauses its instance and no other",
    async (condition) => {
      const { workspace, instance } = await setDueStage(scene, [{ condition }]);
      expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({
        ...NOTHING,
        due: 1,
        blocked: 1,
      });
      expect(await instanceNow(scene, instance)).toMatchObject({
        status: "paused",
        pausedReason: "malformed_condition",
      });
    },
  );
});

describe("what a step lacks", () => {
  it.each([
    ["missing_lead_data: firstName", {}, { firstName: " " }],
    ["missing_lead_data: messageTemplate", { messageTemplate: "" }, {}],
    ["missing_lead_data: nickname", { messageTemplate: "Hi {{nickname}}" }, {}],
    ["missing_lead_data: subject", { channel: "email", subject: null }, {}],
    ["missing_lead_data: phone", {}, { phone: null }],
    ["missing_lead_data: phone", {}, { phone: null, enrichmentStatus: "failed" }],
    ["missing_lead_data: email", { channel: "email" }, { email: null, enrichmentStatus: "done" }],
    ["missing_lead_data: ghlContactId", {}, { ghlContactId: null, enrichmentStatus: "pending" }],
    ["awaiting_enrichment", {}, { phone: null, enrichmentStatus: "pending" }],
    ["awaiting_enrichment", { channel: "call" }, { phone: "", enrichmentStatus: "pending" }],
  ] as const)("pauses it as %s: nothing is sent with a hole", async (pausedReason, step, lead) => {
    const { workspace, instance, ...stage } = await setDueStage(scene, [step], { lead });
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({ ...NOTHING, due: 1, blocked: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason, currentStep: 0 });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await tasksFor(scene, stage.lead)).toEqual([]);
  });
});

describe("steps that change under an instance", () => {
  it("leave it with the lowest above the last one done", async () => {
    const { workspace, lead, sequence } = await setDueStage(scene, [{}, {}, { messageTemplate: "third" }], {
      instance: { currentStep: 1, lastStepAt: daysAgo(1) },
    });
    await scene.runtime.db.followUpStep.deleteMany({ where: { sequenceId: sequence.id, stepOrder: 2 } });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(textsTo(scene, lead)).toEqual(["third"]);
  });

  it("finish it when none is left", async () => {
    const { workspace, sequence, instance } = await setDueStage(scene, [{}, {}], { instance: { currentStep: 1 } });
    await scene.runtime.db.followUpStep.deleteMany({ where: { sequenceId: sequence.id, stepOrder: 2 } });
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({
      ...NOTHING,
      due: 1,
      completed: 1,
    });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed", completedReason: "finished" });
  });
});
