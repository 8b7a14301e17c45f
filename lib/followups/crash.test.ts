import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addFollowUpSequence,
  addOpenWorkspace,
  addReachableLead,
  followUpOnce,
  instanceNow,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { runScript } from "@/scripts/testing/process";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { FOLLOW_UP_STEPS, type FollowUpStep } from "./deps";

const WORKER = "scripts/testing/workers/follow-ups.ts";

/** Each process dies at the n-th time that it comes to a step; a longer test tries it at random moments, 1,000 times. */
const RANDOM_KILLS = process.env["LEADLINE_LONG_TESTS"] === "1" ? 1_000 : 8;
const KILL_MS_MAX = 400;
/** Steps that come once per message: these processes die at the second of them, with the first on record. */
const OF_MESSAGES: readonly FollowUpStep[] = ["send_due", "marking", "marked", "sent", "recording", "recorded"];
const LEADS = 6;

describe("a process that is killed", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it.each(FOLLOW_UP_STEPS)("at %s sends nothing twice and loses sight of nothing", async (step) => {
    const stage = await setStage(scene);
    const occurrence = OF_MESSAGES.includes(step) ? "2" : "1";
    const killed = await runScript(WORKER, [step, occurrence], scene.environment);
    expect(killed, killed.stderr).toMatchObject({ signal: "SIGKILL" });
    await expectEverythingOnce(scene, stage);
  });

  it(
    "at no particular moment sends nothing twice and loses sight of nothing",
    async () => {
      for (let kill = 0; kill < RANDOM_KILLS; kill++) {
        const stage = await setStage(scene);
        const killMsAfterOutput = Math.floor((KILL_MS_MAX * kill) / RANDOM_KILLS);
        await runScript(WORKER, [], scene.environment, { killMsAfterOutput });
        await expectEverythingOnce(scene, stage);
      }
    },
    RANDOM_KILLS * 20_000,
  );

  it("says of a message that nobody knows of that it is uncertain", async () => {
    const stage = await setStage(scene);
    await runScript(WORKER, ["sent", "1"], scene.environment);
    const { results } = await recover(scene);
    expect(results.unknown).toBeGreaterThan(0);
    const { db } = scene.runtime;
    const uncertain = await db.followUpInstance.findMany({ where: { pausedReason: "send_uncertain" } });
    expect(uncertain).toHaveLength(results.unknown);
    expect(uncertain).toMatchObject(uncertain.map(() => ({ status: "paused", currentStep: 0, claimToken: null })));
    await clear(scene, stage);
  });

  it("leaves a lease that ends by itself within 30 seconds, and claims within a minute", async () => {
    const stage = await setStage(scene);
    await runScript(WORKER, ["claimed"], scene.environment);
    const [left] = await scene.runtime.db.$queryRaw<{ lease: number; claim: number }[]>`
      SELECT (SELECT extract(epoch FROM max("expiresAt") - clock_timestamp())::float FROM "Lease") AS lease,
        (SELECT extract(epoch FROM max("claimExpiresAt") - clock_timestamp())::float FROM "FollowUpInstance") AS claim`;
    expect(left?.lease).toBeGreaterThan(0);
    expect(left?.lease).toBeLessThanOrEqual(30);
    expect(left?.claim).toBeGreaterThan(0);
    expect(left?.claim).toBeLessThanOrEqual(60);
    await clear(scene, stage);
  });
});

type Stage = Awaited<ReturnType<typeof setStage>>;

/** A workspace in which everybody's first message is due; one lead gets a task besides, and one is paused. */
async function setStage(scene: Scene) {
  const workspace = await addOpenWorkspace(scene);
  const nudge = await addFollowUpSequence(scene, workspace, [{}, {}]);
  const call = await addFollowUpSequence(scene, workspace, [{ channel: "call" }, {}]);
  const lacking = await addFollowUpSequence(scene, workspace, [{ messageTemplate: "{{nothing}}" }]);
  const leads = await Promise.all(Array.from({ length: LEADS }, () => addReachableLead(scene, workspace)));
  const [first] = leads;
  if (!first) throw new Error("there are leads");
  const sends = await Promise.all(leads.map((lead) => startInstance(scene, lead, nudge)));
  const calling = await startInstance(scene, first, call);
  const paused = await startInstance(scene, first, lacking);
  return { workspace, leads, sends, calling, paused };
}

/** A run after all that the dead one held has run out. */
async function recover(scene: Scene) {
  const { db } = scene.runtime;
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
  await db.$executeRaw`UPDATE "FollowUpInstance" SET "claimExpiresAt" = now() - interval '1 second'`;
  await db.$executeRaw`UPDATE "FollowUpSend" SET "expiresAt" = now() - interval '1 second'`;
  return followUpOnce(scene);
}

async function expectEverythingOnce(scene: Scene, stage: Stage): Promise<void> {
  expect(await recover(scene)).toMatchObject({ exhausted: true });
  expect((await followUpOnce(scene)).results).toMatchObject({ due: 0 });
  const { db } = scene.runtime;
  for (const [index, lead] of stage.leads.entries()) {
    const instance = await instanceNow(scene, stage.sends[index] ?? { id: "" });
    const delivered = textsTo(scene, lead).length;
    const messages = await db.message.count({ where: { leadId: lead.id } });
    const [send] = await db.followUpSend.findMany({ where: { instanceId: instance.id } });
    const { status, currentStep, claimToken } = instance;
    if (instance.pausedReason === "send_uncertain") {
      expect({ status, currentStep, claimToken, messages, ledger: send?.status }).toEqual({
        ...{ status: "paused", currentStep: 0, claimToken: null, messages: 0, ledger: "unknown" },
      });
      expect(delivered).toBeLessThanOrEqual(1);
    } else {
      expect({ status, currentStep, claimToken, messages, ledger: send?.status, delivered }).toEqual({
        ...{ status: "active", currentStep: 1, claimToken: null, messages: 1, ledger: "sent", delivered: 1 },
      });
    }
  }
  expect(await db.followUpTask.count({ where: { instanceId: stage.calling.id } })).toBe(1);
  expect(await instanceNow(scene, stage.calling)).toMatchObject({ status: "active", currentStep: 1 });
  expect(await instanceNow(scene, stage.paused)).toMatchObject({ pausedReason: "missing_lead_data: nothing" });
  await clear(scene, stage);
}

async function clear({ runtime: { db } }: Scene, { workspace }: Stage): Promise<void> {
  await db.client.delete({ where: { id: workspace.id } });
  await db.$executeRaw`DELETE FROM "Lease"`;
}
