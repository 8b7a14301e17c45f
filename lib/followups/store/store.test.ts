import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDb, TRANSACTION_LIMITS } from "@/lib/db/client";
import { acquireLease, type Lease } from "@/lib/db/lease";
import {
  addFollowUpSequence,
  addMessage,
  addReachableLead,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { resumeSnoozedFollowUps } from "../resumes";
import { claimDue } from "./claims";
import { type MarkedSend, markSending, recordSend } from "./ledger";

let scene: Scene;
let lease: Lease;
beforeAll(async () => {
  scene = await openScene();
  const acquired = await acquireLease(scene.runtime.db, "followups");
  if (!acquired) throw new Error("nobody else has it");
  lease = acquired;
});
afterEach(async () => {
  await scene.runtime.db.client.deleteMany({});
});
afterAll(async () => {
  await lease.release();
  await scene.close();
});

type Stage = Awaited<ReturnType<typeof setDueStage>>;

describe("a claim", () => {
  const claim = ({ workspace }: Stage, token: string, { limit = 3, db = scene.runtime.db } = {}) => {
    const now = minutesAgo(0);
    const scope = { workspaceId: workspace.id, now, runStartedAt: now, closedChannels: [], leftIds: [] };
    return claimDue(db, scope, token, lease, limit);
  };

  async function setCrowdedStage(count: number): Promise<Stage> {
    const stage = await setDueStage(scene);
    for (let index = 1; index < count; index++) {
      await startInstance(scene, await addReachableLead(scene, stage.workspace), stage.sequence);
    }
    return stage;
  }

  it("is one worker's alone, however many come at once", async () => {
    const stage = await setCrowdedStage(20);
    const pools = Array.from({ length: 4 }, () => createDb(scene.databaseUrl));
    const claims = await Promise.all(
      Array.from({ length: 20 }, (_, worker) => claim(stage, `worker ${worker}`, { db: pools[worker % 4] })),
    );
    const ids = claims.flat();
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await claim(stage, "the last", { limit: 100 });
    expect([...ids, ...rest]).toHaveLength(20);
    expect(await claim(stage, "too late")).toEqual([]);
    await Promise.all(pools.map((pool) => pool.$disconnect()));
  });

  it("takes the longest overdue first", async () => {
    const stage = await setDueStage(scene);
    const lead = await addReachableLead(scene, stage.workspace);
    const other = await addFollowUpSequence(scene, stage.workspace, [{}]);
    const older = await startInstance(scene, lead, other, { nextStepDue: minutesAgo(600) });
    expect(await claim(stage, "one", { limit: 1 })).toEqual([older.id]);
    expect(await claim(stage, "two", { limit: 1 })).toEqual([stage.instance.id]);
  });

  it("passes to another when it has run out", async () => {
    const stage = await setDueStage(scene);
    expect(await claim(stage, "dead")).toEqual([stage.instance.id]);
    await scene.runtime.db.$executeRaw`UPDATE "FollowUpInstance" SET "claimExpiresAt" = now() - interval '1 ms'`;
    expect(await claim(stage, "alive")).toEqual([stage.instance.id]);
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ claimToken: "alive" });
  });

  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ["is booked", ({ lead: { id } }) => setLead(id, { status: "meeting-booked" })],
    ["is snoozed", ({ lead: { id } }) => setLead(id, { snoozedUntil: minutesAgo(-60) })],
    ["has opted out", ({ lead: { id } }) => setLead(id, { autoFollowUpEnabled: false })],
    ["belongs to people", ({ lead: { id } }) => setLead(id, { status: "archived" })],
    ["is of a workspace that is paused", ({ workspace: { id } }) => pauseWorkspace(id)],
    ["is in a sequence that is not active", ({ sequence: { id } }) => endSequence(id)],
  ])("is never on an instance whose lead %s", async (_, happen) => {
    const stage = await setDueStage(scene);
    await happen(stage);
    expect(await claim(stage, "one")).toEqual([]);
  });

  const setLead = (id: string, data: object) => scene.runtime.db.lead.update({ where: { id }, data });
  const endSequence = (id: string) =>
    scene.runtime.db.followUpSequence.update({ where: { id }, data: { isActive: false } });
  const pauseWorkspace = (id: string) =>
    scene.runtime.db.client.update({ where: { id }, data: { followUpsPausedUntil: minutesAgo(-60) } });

  it("needs the run's lease", async () => {
    const stage = await setDueStage(scene);
    const { db } = scene.runtime;
    await db.$executeRaw`UPDATE "Lease" SET "fence" = "fence" + 1`;
    expect(await claim(stage, "too late")).toEqual([]);
    await db.$executeRaw`UPDATE "Lease" SET "fence" = "fence" - 1`;
  });

  it("marks the workspace's turn only when there is something in it", async () => {
    const stage = await setDueStage(scene, [{}], { instance: { nextStepDue: null } });
    await claim(stage, "one");
    const servedAt = async () =>
      (await scene.runtime.db.client.findUniqueOrThrow({ where: { id: stage.workspace.id } })).followUpsServedAt;
    expect(await servedAt()).toBeNull();
    const due = { nextStepDue: minutesAgo(1) };
    await scene.runtime.db.followUpInstance.update({ where: { id: stage.instance.id }, data: due });
    await claim(stage, "two");
    expect(await servedAt()).toBeInstanceOf(Date);
  });
});

describe("the ledger", () => {
  const DAY = "2026-11-18";

  function sendOf({ instance, lead }: Stage, claimToken = "mine"): MarkedSend {
    const { id: instanceId, startedAt: round } = instance;
    const step = { fromStep: 0, stepOrder: 1, attempts: 1, channel: "sms" };
    return { ...step, instanceId, round, leadId: lead.id, claimToken, markedAt: minutesAgo(0) };
  }

  async function mark(send: MarkedSend, day = DAY): Promise<boolean> {
    const { db } = scene.runtime;
    await db.followUpInstance.update({ where: { id: send.instanceId }, data: { claimToken: send.claimToken } });
    return db.$transaction((tx) => markSending(tx, send, day, 1_000), TRANSACTION_LIMITS);
  }

  const record = (send: MarkedSend, status: "sent" | "not_sent" | "refused" | "unknown") =>
    scene.runtime.db.$transaction((tx) => recordSend(tx, send, { status, externalId: null, reason: null }));

  it.each(["sent", "refused", "unknown"] as const)(
    "never lets a step that is %s leave again, on whatever day",
    async (status) => {
      const send = sendOf(await setDueStage(scene));
      expect(await mark(send)).toBe(true);
      expect(await record(send, status)).toBe(true);
      expect(await mark({ ...send, claimToken: "again" }, "2026-11-19")).toBe(false);
      expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([
        { status, attempts: 1, claimToken: "mine" },
      ]);
    },
  );

  it("never lets one leave that is on its way", async () => {
    const send = sendOf(await setDueStage(scene));
    await mark(send);
    expect(await mark({ ...send, claimToken: "again" }, "2026-11-19")).toBe(false);
  });

  it("lets a step leave again that certainly was not sent, and counts the tries", async () => {
    const send = sendOf(await setDueStage(scene));
    await mark(send);
    await record(send, "not_sent");
    expect(await mark({ ...send, claimToken: "again" })).toBe(true);
    expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([
      { status: "sending", attempts: 2, claimToken: "again" },
    ]);
  });

  it("lets a new round send the step again", async () => {
    const send = sendOf(await setDueStage(scene));
    await mark(send);
    await record(send, "sent");
    expect(await mark({ ...send, round: minutesAgo(1) }, "2026-11-19")).toBe(true);
  });

  it("lets one message a day through to a lead on a channel", async () => {
    const stage = await setDueStage(scene);
    const other = await addFollowUpSequence(scene, stage.workspace, [{}]);
    const instance = await startInstance(scene, stage.lead, other);
    const second = sendOf({ ...stage, instance });
    expect(await mark(sendOf(stage))).toBe(true);
    expect(await mark(second)).toBe(false);
    expect(await mark({ ...second, channel: "email" })).toBe(true);
  });

  it("is the last word even for a writer that does not ask", async () => {
    const stage = await setDueStage(scene);
    const other = await addFollowUpSequence(scene, stage.workspace, [{}]);
    const { id: instanceId, startedAt: round } = await startInstance(scene, stage.lead, other);
    await mark(sendOf(stage));
    const row = { instanceId, round, stepOrder: 1, leadId: stage.lead.id, channel: "sms", localDay: DAY };
    const beside = { status: "sending", claimToken: "x", markedAt: minutesAgo(0), expiresAt: minutesAgo(0) };
    await expect(scene.runtime.db.followUpSend.create({ data: { ...row, ...beside } })).rejects.toThrow("nique");
  });

  it("hears an answer from nobody but the claim under which the message left", async () => {
    const send = sendOf(await setDueStage(scene));
    await mark(send);
    expect(await record({ ...send, claimToken: "other" }, "not_sent")).toBe(false);
    expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([{ status: "sending" }]);
  });
});

describe("a resume", () => {
  it("of a lead that wrote meanwhile leaves its instance paused, for the reply", async () => {
    const snoozed = { instance: { status: "paused", pausedReason: "lead_snoozed" } };
    const { workspace, lead, instance } = await setDueStage(scene, [{}], snoozed);
    await addMessage(scene, lead, { sentAt: minutesAgo(90) });
    const scope = { db: scene.runtime.db, now: minutesAgo(0), clientId: workspace.id };
    expect(await resumeSnoozedFollowUps(scope)).toMatchObject({ resumedCount: 0, resumedIds: [] });
    expect(await instanceNow(scene, instance)).toMatchObject({
      ...{ status: "paused", pausedReason: "lead_replied", resumedAt: null },
    });
  });
});
