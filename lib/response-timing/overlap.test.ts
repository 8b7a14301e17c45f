import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TRANSACTION_LIMITS } from "@/lib/db/client";
import { runScript } from "@/scripts/testing/process";
import { TIMING_STEPS, type TimingStep } from "./deps";
import { historyArbitrary } from "./histories.fixture";
import { applyChange, applyHistories, expectEvents, placeHistory, readEvents } from "./histories-database.fixture";
import { lockThreads } from "./store/thread-locks";
import { NOTHING_DONE, openTimingStage, type TimingStage } from "./timing-stage.fixture";

let stage: TimingStage;
beforeAll(async () => {
  stage = await openTimingStage();
});
afterAll(() => stage.close());

/** A workspace with some leads, each of whom asked something and was answered a minute later. */
beforeEach(async () => {
  await stage.db.client.deleteMany();
  await stage.run();
  await stage.db.client.create({ data: { id: "acme", name: "Acme" } });
  await addLeads("lead", 3);
});

async function addLeads(prefix: string, leads: number): Promise<void> {
  const ids = Array.from({ length: leads }, (_, index) => `${prefix}-${index + 1}`);
  await stage.db.lead.createMany({ data: ids.map((id) => ({ id, clientId: "acme" })) });
  await stage.db.message.createMany({
    data: ids.flatMap((leadId) => [inbound(leadId, `${leadId}-asks`), outbound(leadId, `${leadId}-answer`, 1)]),
  });
}

function inbound(leadId: string, id: string, minute = 0) {
  return { id, leadId, channel: "sms", direction: "inbound", ...at(minute) };
}

function outbound(leadId: string, id: string, minute: number) {
  const setter = { direction: "outbound", sentBy: "setter", sentByUserId: "user-1" };
  return { id, leadId, channel: "sms", ...setter, ...at(minute) };
}

function at(minute: number) {
  const sentAt = new Date(Date.UTC(2026, 2, 3, 9, minute));
  return { sentAt, createdAt: sentAt };
}

async function expectTruth(): Promise<void> {
  expect(await readEvents(stage.db, ["acme"])).toEqual(await expectEvents(stage.db, ["acme"]));
  expect(await stage.db.responseTimingChange.count()).toBe(0);
}

/** A transaction that has done something and stays open until it is told how to end. */
async function openTransaction(
  work: (tx: Parameters<Parameters<typeof stage.db.$transaction>[0]>[0]) => Promise<unknown>,
) {
  let end = (_: "commit" | "rollback") => {};
  const ending = new Promise<"commit" | "rollback">((resolve) => {
    end = resolve;
  });
  let ready = () => {};
  const opened = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const ended = stage.db
    .$transaction(async (tx) => {
      await work(tx);
      ready();
      if ((await ending) === "rollback") throw new Error("rolled back");
    }, TRANSACTION_LIMITS)
    .catch((error: unknown) => error);
  await Promise.race([opened, ended]);
  return async (how: "commit" | "rollback") => {
    end(how);
    return ended;
  };
}

/** Lets something happen at a step of a run, once. */
function once(step: TimingStep, happen: () => unknown) {
  let left = 1;
  return {
    onStep: async (reached: TimingStep) => {
      if (reached === step && left-- > 0) await happen();
    },
  };
}

describe("a writer whose transaction stays open", () => {
  it("keeps nobody waiting, and is not forgotten when it commits after others", async () => {
    const end = await openTransaction((tx) => tx.message.create({ data: outbound("lead-1", "late", 0) }));
    await stage.db.message.create({ data: inbound("lead-2", "again", 2) });
    expect(await stage.run()).toMatchObject({ processed: 3, skipped: 0, exhausted: true });
    await stage.db.message.create({ data: outbound("lead-2", "answered again", 3) });
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1 });
    await end("commit");
    expect(await stage.run()).toMatchObject({ processed: 1, retracted: 0, updated: 0 });
    await expectTruth();
  });

  it("keeps nobody waiting when it deletes a lead, and takes the rows along", async () => {
    await stage.run();
    await stage.db.message.create({ data: outbound("lead-1", "too late", 9) });
    await stage.db.message.create({ data: inbound("lead-1", "asks more", 8) });
    const end = await openTransaction((tx) => tx.lead.delete({ where: { id: "lead-1" } }));
    const run = await stage.run();
    expect(run).toMatchObject({ skipped: 1, inserted: 0, exhausted: true, stopReason: "locked" });
    await end("commit");
    expect(await stage.run()).toMatchObject({ processed: 0, skipped: 0, exhausted: true, lagSeconds: null });
    await expectTruth();
  });

  it("and in the end did not delete the lead, has left it to the next run", async () => {
    await stage.run();
    await stage.db.message.createMany({ data: [inbound("lead-1", "more", 8), outbound("lead-1", "answer", 9)] });
    const end = await openTransaction((tx) => tx.lead.delete({ where: { id: "lead-1" } }));
    expect(await stage.run()).toMatchObject({ processed: 0, skipped: 1 });
    await end("rollback");
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1, skipped: 0 });
    await expectTruth();
  });

  it("and has an event in hand, keeps nobody waiting either", async () => {
    await stage.run();
    await stage.db.message.deleteMany({ where: { id: "lead-1-answer" } });
    const touch = { data: { anomaly: "odd" }, where: { inboundMessageId: "lead-1-asks" } };
    const end = await openTransaction((tx) => tx.responseTimingEvent.update(touch));
    expect(await stage.run()).toMatchObject({ skipped: 1, retracted: 0 });
    await end("commit");
    expect(await stage.run()).toMatchObject({ processed: 1, retracted: 1 });
    await expectTruth();
  });
});

describe("a draft whose message moves while it is being written", () => {
  it("counts where the message has come to", async () => {
    await stage.db.aIDraft.create({ data: { id: "draft", leadId: "lead-1", channel: "sms" } });
    await stage.db.message.update({ where: { id: "lead-1-answer" }, data: { sentBy: "ai", aiDraftId: "draft" } });
    await stage.run();
    const endOther = await openTransaction((tx) => tx.message.create({ data: outbound("lead-1", "other", 7) }));
    const draftOf = { where: { id: "draft" }, data: { triggerMessageId: "lead-1-asks" } };
    const endDraft = await openTransaction((tx) => tx.aIDraft.update(draftOf));
    const ids = { id: { in: ["lead-1-asks", "lead-1-answer"] } };
    await stage.db.message.updateMany({ where: ids, data: { leadId: "lead-2", channel: "email" } });
    await stage.run();
    await endOther("commit");
    await endDraft("commit");
    expect(await stage.run({ batchSize: 1 })).toMatchObject({ processed: 2, updated: 1, mismatches: 0 });
    await expectTruth();
    const row = await stage.db.responseTimingEvent.findUnique({ where: { inboundMessageId: "lead-1-asks" } });
    expect(row).toMatchObject({ leadId: "lead-2", aiDraftId: "draft" });
  });
});

describe("a row that somebody writes while a run has derived it otherwise", () => {
  /** Whoever inserts an event waits while the test holds the gate. */
  beforeEach(async () => {
    await stage.run();
    await stage.db.$executeRaw`
      CREATE OR REPLACE FUNCTION wait_at_gate() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NEW; END $$`;
    await stage.db.$executeRaw`
      CREATE OR REPLACE TRIGGER "gate" BEFORE INSERT ON "ResponseTimingEvent" FOR EACH ROW EXECUTE FUNCTION wait_at_gate()`;
  });
  afterEach(() => stage.db.$executeRaw`DROP TRIGGER "gate" ON "ResponseTimingEvent"`);

  /** Runs, and while the run stands at the gate, with all derived and something to insert, lets something happen. */
  async function runWhile(happen: () => Promise<unknown>) {
    const open = await openTransaction((tx) => tx.$queryRaw`SELECT pg_advisory_xact_lock(42)::text`);
    const running = stage.run();
    await waitUntil(async () => (await countWaiting()) > 0);
    await happen();
    await open("commit");
    return running;
  }

  it("is not written over: what it saved stays, and the thread is looked at again", async () => {
    const asks = { inboundMessageId: "lead-1-asks" };
    await stage.db.message.createMany({ data: [inbound("lead-1", "more", 7), outbound("lead-1", "answers more", 8)] });
    await stage.db.message.update({ where: { id: "lead-1-answer" }, data: { sentByUserId: "user-2" } });
    const saved = { aiDelayMinSeconds: 1, aiDelayMaxSeconds: 2 };
    const ran = await runWhile(() => stage.db.responseTimingEvent.update({ where: asks, data: saved }));
    expect(ran).toMatchObject({ processed: 1, inserted: 1, updated: 1, skipped: 0 });
    const row = await stage.db.responseTimingEvent.findUnique({ where: asks });
    expect(row).toMatchObject({ ...saved, setterSentByUserId: "user-2" });
    await expectTruth();
  });

  it("is not inserted twice, nor is its thread done with", async () => {
    await stage.db.message.createMany({ data: [inbound("lead-1", "more", 7), outbound("lead-1", "answers more", 8)] });
    const [{ sentAt }, times] = [at(7), { streakStartedAt: at(7).sentAt, streakCount: 5 }];
    const event = {
      clientId: "acme",
      leadId: "lead-3",
      channel: "email",
      inboundMessageId: "more",
      inboundSentAt: sentAt,
    };
    await stage.db.$executeRaw`ALTER TABLE "ResponseTimingEvent" DISABLE TRIGGER "gate"`;
    const other = await openTransaction((tx) => tx.responseTimingEvent.create({ data: { ...event, ...times } }));
    const running = stage.run();
    await waitUntil(async () => (await countWaiting()) > 0);
    await other("commit");
    expect(await running).toMatchObject({ processed: 1, updated: 1, failed: 0 });
    await expectTruth();
  });
});

describe("a thread that another run has in hand", () => {
  it("is left to that run, and the others are done", async () => {
    const end = await openTransaction((tx) => lockThreads(tx, [{ leadId: "lead-1", channel: "sms" }], "try"));
    expect(await stage.run()).toMatchObject({ processed: 2, skipped: 1, exhausted: true, stopReason: "locked" });
    await end("rollback");
    expect(await stage.run()).toMatchObject({ processed: 1, skipped: 0, stopReason: "done" });
    await expectTruth();
  });

  it("is taken over as soon as that run gives it up", async () => {
    const end = await openTransaction((tx) => lockThreads(tx, [{ leadId: "lead-1", channel: "sms" }], "try"));
    const run = stage.run({ deps: once("batch_committed", () => end("rollback")) });
    expect(await run).toMatchObject({ processed: 3, skipped: 0, stopReason: "done" });
    await expectTruth();
  });
});

describe("what happens between taking a thread and writing its rows", () => {
  describe.each(["changes_taken", "threads_locked"] as const)("(after %s)", (step) => {
    it.each([
      ["a message comes", (): Promise<unknown> => stage.db.message.create({ data: outbound("lead-1", "quick", 0) })],
      ["a message is deleted", () => stage.db.message.delete({ where: { id: "lead-2-answer" } })],
      ["a lead is merged with another", () => mergeLeads("lead-1", "lead-2")],
      ["a lead is deleted", () => stage.db.lead.delete({ where: { id: "lead-1" } })],
    ])("%s, is seen at the latest by the next run", async (_, happen) => {
      await stage.run({ deps: once(step, happen) });
      expect(await stage.run()).toMatchObject({ exhausted: true, mismatches: 0, failed: 0 });
      await expectTruth();
    });

    it("a message moves, its event keeps what it has saved", async () => {
      await stage.run();
      const saved = { aiDelayMinSeconds: 1, aiDelayMaxSeconds: 2 };
      await stage.db.responseTimingEvent.updateMany({ data: saved });
      await stage.db.message.create({ data: outbound("lead-1", "more", 5) });
      const move = () =>
        stage.db.message.updateMany({ where: { leadId: "lead-1" }, data: { leadId: "lead-2", channel: "email" } });
      await stage.run({ deps: once(step, move) });
      await stage.run();
      expect(await stage.db.responseTimingEvent.findMany({ where: { channel: "email" } })).toMatchObject([saved]);
      await expectTruth();
    });
  });

  it.each(["threads_locked", "threads_recomputed"] as const)(
    "a workspace that is deleted after %s waits for the run and takes everything along",
    async (step) => {
      let deleting: Promise<unknown> = Promise.resolve();
      const happen = async () => {
        deleting = stage.db.client.delete({ where: { id: "acme" } }).then(() => {});
        await waitUntil(async () => (await countWaiting()) > 0 || (await stage.db.client.count()) === 0);
      };
      await stage.run({ deps: once(step, happen) });
      await deleting;
      expect(await stage.run()).toEqual(NOTHING_DONE);
      expect(await stage.db.responseTimingEvent.count()).toBe(0);
    },
  );
});

describe("leads that are merged", () => {
  it.each(["before", "after"] as const)(
    "keep what their events have saved, if a run comes %s the old lead goes",
    async (when) => {
      const bounds = { autoSendDelayMinSeconds: 10, autoSendDelayMaxSeconds: 20 };
      const campaign = await stage.db.campaign.create({ data: { clientId: "acme", name: "Spring", ...bounds } });
      await stage.db.lead.updateMany({ data: { campaignId: campaign.id } });
      await stage.db.aIDraft.create({
        data: { id: "draft", leadId: "lead-1", channel: "sms", triggerMessageId: "lead-1-asks" },
      });
      const fromAi = { sentBy: "ai", sentByUserId: null, aiDraftId: "draft" };
      await stage.db.message.update({ where: { id: "lead-1-answer" }, data: fromAi });
      await stage.run();
      await stage.db.campaign.update({ where: { id: campaign.id }, data: { autoSendDelayMaxSeconds: 99 } });
      await stage.db.message.updateMany({ where: { leadId: "lead-1" }, data: { leadId: "lead-2", channel: "email" } });
      if (when === "before") await stage.run();
      await stage.db.lead.delete({ where: { id: "lead-1" } });
      await stage.run();
      await expectTruth();
      const row = await stage.db.responseTimingEvent.findUnique({ where: { inboundMessageId: "lead-1-asks" } });
      expect(row).toMatchObject({ leadId: "lead-2", channel: "email", aiDelayMinSeconds: 10, aiDelayMaxSeconds: 20 });
    },
  );
});

describe("three runs and three writers at once", () => {
  it("neither block nor lose nor double anything", { timeout: 300_000 }, async () => {
    const { db } = stage;
    const histories = fc
      .sample(historyArbitrary({ changesMax: 12 }), 60)
      .map((one, index) => placeHistory(one, `${index}-`));
    await applyHistories(db, histories);
    const writers = [0, 1, 2].map(async (writer) => {
      for (const history of histories.filter((_, index) => index % 3 === writer)) {
        for (const change of history.changes) await applyChange(db, change);
      }
    });
    let writing = true;
    const runs = [1, 5, 50].map(async (batchSize) => {
      while (writing)
        expect(await stage.run({ batchSize })).toMatchObject({ exhausted: true, failed: 0, mismatches: 0 });
    });
    await Promise.all(writers);
    writing = false;
    await Promise.all(runs);
    await stage.run();
    await db.lead.updateMany({ data: { campaignId: null } });
    const clientIds = histories.map(({ clientId }) => clientId);
    expect(await readEvents(db, clientIds)).toEqual(await expectEvents(db, clientIds));
    await db.client.deleteMany();
  });
});

describe("a run that is killed", () => {
  it.each(TIMING_STEPS.filter((step) => !step.startsWith("drift") && !step.startsWith("sweep")))(
    "after %s, leaves all to the next one and nothing half done",
    async (step) => {
      await addLeads("other", 30);
      const ended = await runScript("scripts/testing/workers/response-timing.ts", [step, "2"], {
        ...{ DATABASE_URL: stage.databaseUrl, LOG_LEVEL: "silent" },
      });
      expect(ended.signal, ended.stderr).toBe("SIGKILL");
      const done = await stage.db.responseTimingEvent.count();
      expect(await stage.run()).toMatchObject({ inserted: 33 - done, updated: 0, retracted: 0, exhausted: true });
      await expectTruth();
    },
  );
});

async function mergeLeads(from: string, into: string): Promise<void> {
  await stage.db.message.updateMany({ where: { leadId: from }, data: { leadId: into } });
  await stage.db.lead.delete({ where: { id: from } });
}

async function countWaiting(): Promise<number> {
  const rows = await stage.db.$queryRaw<unknown[]>`
    SELECT 1 AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  return rows.length;
}

async function waitUntil(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
