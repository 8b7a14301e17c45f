import { EventEmitter, once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createDb, TRANSACTION_LIMITS } from "@/lib/db/client";
import {
  addFollowUpSequence,
  addMessage,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";
import type { FollowUpStep } from "./deps";
import { markSending } from "./store/ledger";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.runtime.db.client.deleteMany({});
});
afterAll(() => scene.close());

type Stage = Awaited<ReturnType<typeof setDueStage>>;

/** A run in which something happens once, at a step between the claim and the send. */
async function runWhile(stage: Stage, happen: () => Promise<unknown>, at: FollowUpStep = "send_due") {
  let left = 1;
  const onStep = async (step: FollowUpStep) => {
    if (step === at && left-- > 0) await happen();
  };
  return followUpOnce(scene, { clientId: stage.workspace.id, deps: { onStep } });
}

const setLead = ({ lead }: Stage, data: object) => scene.runtime.db.lead.update({ where: { id: lead.id }, data });
const setInstance = ({ instance }: Stage, data: object) =>
  scene.runtime.db.followUpInstance.update({ where: { id: instance.id }, data });

describe("what happens between the claim and the send", () => {
  it.each<[string, (stage: Stage) => Promise<unknown>, object]>([
    ["a booking", (stage) => setLead(stage, { status: "meeting-booked" }), { status: "active" }],
    ["an opt-out", (stage) => setLead(stage, { autoFollowUpEnabled: false }), { status: "active" }],
    ["a status that people own", (stage) => setLead(stage, { status: "blacklisted" }), { status: "active" }],
    [
      "a snooze",
      (stage) => setLead(stage, { snoozedUntil: minutesAgo(-60) }),
      { status: "paused", pausedReason: "lead_snoozed" },
    ],
    [
      "a reply",
      ({ lead }) => addMessage(scene, lead, { sentAt: minutesAgo(0.1) }),
      { status: "paused", pausedReason: "lead_replied" },
    ],
    [
      "a pause of the workspace",
      ({ workspace: { id } }) =>
        scene.runtime.db.client.update({ where: { id }, data: { followUpsPausedUntil: minutesAgo(-60) } }),
      { status: "active" },
    ],
    [
      "the end of the sequence's activity",
      ({ sequence: { id } }) => scene.runtime.db.followUpSequence.update({ where: { id }, data: { isActive: false } }),
      { status: "active" },
    ],
    [
      "a completion by whoever booked",
      (stage) => setInstance(stage, { status: "completed", completedReason: "meeting_booked", nextStepDue: null }),
      { status: "completed", completedReason: "meeting_booked" },
    ],
    ["a cancellation", (stage) => setInstance(stage, { status: "cancelled" }), { status: "cancelled" }],
    ["a pause by hand", (stage) => setInstance(stage, { status: "paused", pausedReason: "x" }), { pausedReason: "x" }],
    ["a claim by somebody else", (stage) => setInstance(stage, { claimToken: "other" }), { claimToken: "other" }],
    ["a later due time", (stage) => setInstance(stage, { nextStepDue: minutesAgo(-60) }), { status: "active" }],
    [
      "a new text",
      ({ sequence: { id } }) =>
        scene.runtime.db.followUpStep.updateMany({ where: { sequenceId: id }, data: { messageTemplate: "New" } }),
      { status: "active", currentStep: 0 },
    ],
  ])("prevents it: %s", async (_, happen, expected) => {
    const stage = await setDueStage(scene);
    const { results } = await runWhile(stage, () => happen(stage));
    expect(results).toMatchObject({ sent: 0, unknown: 0, failed: 0 });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ currentStep: 0, ...expected });
    expect(await scene.runtime.db.followUpSend.count()).toBe(0);
  });

  it.each([
    ["lead", (stage: Stage) => scene.runtime.db.lead.delete({ where: { id: stage.lead.id } })],
    ["sequence", (stage: Stage) => scene.runtime.db.followUpSequence.delete({ where: { id: stage.sequence.id } })],
    ["instance", (stage: Stage) => scene.runtime.db.followUpInstance.delete({ where: { id: stage.instance.id } })],
  ])("prevents it: the end of the %s", async (_, happen) => {
    const stage = await setDueStage(scene);
    expect(await runWhile(stage, () => happen(stage))).toMatchObject({ results: { sent: 0 }, errors: [] });
    expect(textsTo(scene, stage.lead)).toEqual([]);
  });

  it("leads to the new text in the next run", async () => {
    const stage = await setDueStage(scene);
    await runWhile(stage, () => setLead(stage, { firstName: "Grace" }));
    expect(textsTo(scene, stage.lead)).toEqual([]);
    await followUpOnce(scene, { clientId: stage.workspace.id });
    expect(textsTo(scene, stage.lead)).toEqual(["Hi Grace"]);
  });

  it("puts it off where another sequence has just written to the lead", async () => {
    const stage = await setDueStage(scene);
    const touch = { direction: "outbound", kind: "sequence", sentAt: minutesAgo(0.1) };
    const { results } = await runWhile(stage, () => addMessage(scene, stage.lead, touch));
    expect(results).toMatchObject({ due: 1, sent: 0, deferred: 1 });
    expect(textsTo(scene, stage.lead)).toEqual([]);
  });

  it("prevents it even where a booking is being written at the very moment of the last look", async () => {
    const stage = await setDueStage(scene);
    const booker = createDb(scene.databaseUrl);
    let booked: Promise<unknown> = Promise.resolve();
    await runWhile(stage, async () => {
      const booking = new EventEmitter();
      const isLocked = once(booking, "locked");
      booked = booker.$transaction(async (tx) => {
        await tx.lead.update({ where: { id: stage.lead.id }, data: { status: "meeting-booked" } });
        booking.emit("locked");
        await somebodyWaitsForALock();
      }, TRANSACTION_LIMITS);
      await isLocked;
    });
    await booked;
    await booker.$disconnect();
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await scene.runtime.db.followUpSend.count()).toBe(0);
    expect(await followUpOnce(scene)).toMatchObject({ backstop: { completedCount: 1 } });
  });

  async function somebodyWaitsForALock(): Promise<void> {
    for (;;) {
      const rows = await scene.runtime.db.$queryRaw<unknown[]>`
        SELECT 1 AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'`;
      if (rows.length > 0) return;
    }
  }
});

describe("what happens between the claim and a task", () => {
  it.each([
    ["a claim by somebody else", { claimToken: "other" }],
    ["a cancellation", { status: "cancelled" }],
    ["a new round", { startedAt: minutesAgo(1) }],
    ["a step that somebody else did", { currentStep: 1 }],
  ])("prevents it: %s", async (_, data) => {
    const stage = await setDueStage(scene, [{ channel: "call" }, {}]);
    const { results } = await runWhile(stage, () => setInstance(stage, data), "planned");
    expect(results).toMatchObject({ due: 0, tasks: 0 });
    expect(await scene.runtime.db.followUpTask.count()).toBe(0);
    expect(await instanceNow(scene, stage.instance)).toMatchObject(data);
  });
});

describe("what happens while the message is under way", () => {
  it("leaves an instance completed, and the message on record", async () => {
    const stage = await setDueStage(scene, [{}, {}]);
    const completion = { status: "completed", completedReason: "meeting_booked", nextStepDue: null };
    await runWhile(stage, () => setInstance(stage, completion), "sent");
    expect(textsTo(scene, stage.lead)).toHaveLength(1);
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ ...completion, currentStep: 1, claimToken: null });
    expect(await scene.runtime.db.message.count({ where: { leadId: stage.lead.id } })).toBe(1);
    expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([{ status: "sent" }]);
  });

  it("leaves a pause by hand, and the step counts as done", async () => {
    const stage = await setDueStage(scene, [{}, {}]);
    await runWhile(stage, () => setInstance(stage, { status: "paused", pausedReason: "by hand" }), "sent");
    expect(await instanceNow(scene, stage.instance)).toMatchObject({
      ...{ status: "paused", pausedReason: "by hand", currentStep: 1, nextStepDue: expect.any(Date) },
    });
  });

  it("leaves a new round alone that began meanwhile", async () => {
    const stage = await setDueStage(scene, [{}, {}]);
    const again = { startedAt: minutesAgo(1), nextStepDue: minutesAgo(-600), currentStep: 0, lastStepAt: null };
    await runWhile(stage, () => setInstance(stage, again), "sent");
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ ...again, status: "active" });
    expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([{ status: "sent" }]);
  });

  it("is put right by an answer that comes after the send was given up for uncertain", async () => {
    const stage = await setDueStage(scene, [{}, {}]);
    await runWhile(
      stage,
      async () => {
        await scene.runtime.db.$executeRaw`UPDATE "FollowUpSend" SET "expiresAt" = now() - interval '1 second'`;
        await scene.runtime.db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
        const other = await followUpOnce(scene);
        expect(other.results).toMatchObject({ unknown: 1, sent: 0 });
        expect(await instanceNow(scene, stage.instance)).toMatchObject({ pausedReason: "send_uncertain" });
      },
      "sent",
    );
    expect(textsTo(scene, stage.lead)).toHaveLength(1);
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ status: "active", currentStep: 1 });
    expect(await scene.runtime.db.followUpSend.findMany()).toMatchObject([{ status: "sent", reason: null }]);
  });
});

describe("two workers with two instances of one lead", () => {
  it("send one message between them, however they race", async () => {
    const pools = [createDb(scene.databaseUrl), createDb(scene.databaseUrl)];
    for (let round = 0; round < 10; round++) {
      const stage = await setDueStage(scene);
      const other = await addFollowUpSequence(scene, stage.workspace, [{ messageTemplate: "two" }]);
      await startInstance(scene, stage.lead, other);
      // Both have claimed and planned when the first of them goes on: only the last look can tell them apart.
      const workers = new EventEmitter();
      const bothAreThere = once(workers, "both");
      let arrived = 0;
      const onStep = async (step: FollowUpStep) => {
        if (step === "send_due" && ++arrived === 2) workers.emit("both");
        if (step === "send_due") await bothAreThere;
      };
      const ran = await followUpOnce(scene, {
        clientId: stage.workspace.id,
        deps: { onStep, db: pools[round % 2] ?? scene.runtime.db },
      });
      expect(ran.results).toMatchObject({ sent: 1, deferred: 1 });
      expect(textsTo(scene, stage.lead)).toHaveLength(1);
    }
    await Promise.all(pools.map((pool) => pool.$disconnect()));
  });

  it("cannot both mark a message, though nobody held the lead still", async () => {
    const stage = await setDueStage(scene);
    const other = await addFollowUpSequence(scene, stage.workspace, [{}]);
    const second = await startInstance(scene, stage.lead, other);
    const { db } = scene.runtime;
    await db.followUpInstance.updateMany({ data: { claimToken: "mine" } });
    const mark = ({ id: instanceId, startedAt: round }: { id: string; startedAt: Date }) => {
      const send = { instanceId, round, leadId: stage.lead.id, fromStep: 0, attempts: 1, stepOrder: 1, channel: "sms" };
      const marked = { ...send, claimToken: "mine", markedAt: minutesAgo(0) };
      return db
        .$transaction((tx) => markSending(tx, marked, "2026-11-18", 1_000), TRANSACTION_LIMITS)
        .catch(() => false);
    };
    const marks = await Promise.all([stage.instance, second, stage.instance, second].map(mark));
    expect(marks.filter((marked) => marked)).toHaveLength(1);
    expect(await db.followUpSend.count()).toBe(1);
  });
});
