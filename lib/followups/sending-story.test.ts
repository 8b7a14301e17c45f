import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addMessage,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  tasksFor,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";

describe("a step that is due", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it("is sent, kept with the lead's messages, and followed by the next", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{ messageTemplate: "Hi {{firstName}}!" }, {}]);
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({
      results: { due: 1, sent: 1, tasks: 0, completed: 0, deferred: 0, blocked: 0, failed: 0, unknown: 0 },
      exhausted: true,
      stopReason: "done",
    });
    expect(textsTo(scene, lead)).toEqual(["Hi Ada!"]);
    const { db } = scene.runtime;
    const [message, ...others] = await db.message.findMany({ where: { leadId: lead.id } });
    expect(others).toEqual([]);
    expect(message).toMatchObject({ kind: "sequence", direction: "outbound", sentBy: "system", body: "Hi Ada!" });
    expect(message?.externalId).toBe(scene.sandbox.ghl.outbox.deliveries(lead.ghlContactId ?? "")[0]?.id);
    const after = await instanceNow(scene, instance);
    expect(after).toMatchObject({ status: "active", currentStep: 1, claimToken: null, lastStepAt: message?.sentAt });
    expect(after.nextStepDue?.getTime()).toBe((after.lastStepAt?.getTime() ?? 0) + 86_400_000);
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({ lastOutboundAt: message?.sentAt });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: { due: 0 } });
  });
});
