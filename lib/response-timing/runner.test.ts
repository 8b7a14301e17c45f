import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { expectEvents, readEvents } from "./histories-database.fixture";
import { NOTHING_DONE, openTimingStage, type TimingStage } from "./timing-stage.fixture";

let stage: TimingStage;
beforeAll(async () => {
  stage = await openTimingStage();
});
afterAll(() => stage.close());

const NOW = Date.now();
const HOUR_AGO = new Date(NOW - HOUR_MS);

/** Two workspaces with a lead each, and nothing left to do. */
beforeEach(async () => {
  const { db } = stage;
  await db.client.deleteMany();
  await db.client.createMany({ data: ["acme", "beta"].map((id) => ({ id, name: "Acme" })) });
  await db.campaign.create({
    data: { id: "spring", clientId: "acme", name: "Spring", autoSendDelayMinSeconds: 10, autoSendDelayMaxSeconds: 20 },
  });
  const leads = ["acme", "beta"].map((clientId) => ({ id: `${clientId}-lead`, clientId }));
  await db.lead.createMany({ data: leads });
  await stage.run();
  expect(await stage.run()).toEqual(NOTHING_DONE);
});

interface Said {
  id?: string;
  leadId?: string;
  by: "lead" | "setter" | "ai";
  at?: Date;
  draft?: string;
}

async function say(...messages: Said[]): Promise<void> {
  await stage.db.message.createMany({
    data: messages.map(({ id, leadId = "acme-lead", by, at = HOUR_AGO, draft = null }) => ({
      ...(id !== undefined && { id }),
      ...{ leadId, channel: "sms", aiDraftId: draft, sentAt: at, createdAt: at },
      direction: by === "lead" ? "inbound" : "outbound",
      sentBy: by === "lead" ? null : by,
      sentByUserId: by === "setter" ? "user-1" : null,
    })),
  });
}

const later = (ms: number) => new Date(HOUR_AGO.getTime() + ms);

async function expectTruth(): Promise<void> {
  const clientIds = ["acme", "beta"];
  expect(await readEvents(stage.db, clientIds)).toEqual(await expectEvents(stage.db, clientIds));
}

describe("a run", () => {
  it("takes many changes of one thread as one", async () => {
    for (let minute = 0; minute < 20; minute++)
      await say({ by: minute % 2 ? "setter" : "lead", at: later(minute * MINUTE_MS) });
    await stage.db.aIDraft.create({ data: { leadId: "acme-lead", channel: "sms", triggerMessageId: "nothing" } });
    expect(await stage.run({ batchSize: 1 })).toMatchObject({ processed: 1, inserted: 10, updated: 0, retracted: 0 });
    expect(await stage.run()).toEqual(NOTHING_DONE);
  });

  it("writes one row, not all, where one answer was late by weeks", async () => {
    const asked = new Date(NOW - 40 * DAY_MS);
    await say({ id: "asks", by: "lead", at: asked }, { by: "ai", at: new Date(asked.getTime() + MINUTE_MS) });
    await say({ by: "lead", at: new Date(NOW - 5 * DAY_MS) }, { by: "ai", at: new Date(NOW - 4 * DAY_MS) });
    expect(await stage.run()).toMatchObject({ inserted: 2 });
    await say({ id: "answer", by: "setter", at: new Date(asked.getTime() + 33 * DAY_MS) });
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 0, updated: 1, retracted: 0 });
    const row = await stage.db.responseTimingEvent.findUnique({ where: { inboundMessageId: "asks" } });
    expect(row).toMatchObject({
      setterResponseMessageId: "answer",
      setterResponseMs: BigInt(33 * DAY_MS),
      setterSameTurn: true,
    });
    await expectTruth();
  });

  it("takes a row back with the answer, and makes it again", async () => {
    await say({ by: "lead" }, { id: "answer", by: "setter", at: later(1) });
    expect(await stage.run()).toMatchObject({ inserted: 1 });
    await stage.db.message.update({ where: { id: "answer" }, data: { deletedAt: new Date() } });
    expect(await stage.run()).toMatchObject({ processed: 1, retracted: 1 });
    await stage.db.message.update({ where: { id: "answer" }, data: { deletedAt: null } });
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1 });
  });

  it("keeps within its time, says that there is more, and the next goes on", async () => {
    const count = 3000;
    await stage.db.lead.createMany({ data: ids(count).map((id) => ({ id, clientId: "acme" })) });
    await say(
      ...ids(count).flatMap((leadId): Said[] => [
        { leadId, by: "lead" },
        { leadId, by: "ai", at: later(1) },
      ]),
    );
    const first = await stage.run({ budgetMs: 150, batchSize: 100 });
    expect(first).toMatchObject({ exhausted: false, stopReason: "time_budget", skipped: 0, failed: 0 });
    expect(first.lagSeconds).toBeGreaterThanOrEqual(0);
    expect(first.inserted).toBe(first.processed);
    const second = await stage.run();
    expect(second).toMatchObject({ exhausted: true, stopReason: "done", lagSeconds: null });
    expect(first.processed + second.processed).toBe(count);
  });

  it("says how long ago the oldest change was that it left", async () => {
    await say({ by: "lead" });
    await stage.db.responseTimingChange.updateMany({ data: { changedAt: HOUR_AGO } });
    const { lagSeconds } = await stage.run({ dryRun: true });
    expect(lagSeconds).toBeGreaterThanOrEqual(3600);
    expect(lagSeconds).toBeLessThan(3700);
  });

  it("marks how far it has come, and never goes back", async () => {
    await stage.db.processorMark.updateMany({ data: { inboundSentAt: null } });
    await say({ by: "lead" }, { by: "ai", at: later(1) });
    await stage.run();
    const [mark] = await stage.db.processorMark.findMany({ where: { processor: "response-timing" } });
    expect(mark?.inboundSentAt).toEqual(HOUR_AGO);
    await say({ by: "lead", at: new Date(NOW - DAY_MS) }, { by: "ai", at: new Date(NOW - DAY_MS) });
    await stage.run();
    const [then] = await stage.db.processorMark.findMany({ where: { processor: "response-timing" } });
    expect(then?.inboundSentAt).toEqual(HOUR_AGO);
  });

  it("needs no row that was there before", async () => {
    await stage.db.processorMark.deleteMany();
    await say({ by: "lead" }, { by: "ai", at: later(1) });
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1, exhausted: true });
    expect(await stage.run()).toEqual(NOTHING_DONE);
  });
});

describe("a run about one workspace", () => {
  it("leaves the changes of others to others", async () => {
    for (const leadId of ["acme-lead", "beta-lead"])
      await say({ leadId, by: "lead" }, { leadId, by: "ai", at: later(1) });
    expect(await stage.run({ clientId: "beta" })).toMatchObject({ processed: 1, inserted: 1, lagSeconds: null });
    expect(await stage.db.responseTimingEvent.count({ where: { clientId: "acme" } })).toBe(0);
    expect(await stage.run({ clientId: "beta" })).toEqual(NOTHING_DONE);
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1 });
    await expectTruth();
  });
});

describe("a dry run", () => {
  it("says what the next run would do, and writes nothing", async () => {
    await say({ by: "lead" }, { id: "answer", by: "setter", at: later(1) });
    await stage.run();
    await stage.db.message.delete({ where: { id: "answer" } });
    await say({ leadId: "beta-lead", by: "lead" }, { leadId: "beta-lead", by: "ai", at: later(1) });
    await stage.db.responseTimingEvent.updateMany({ data: { anomaly: "odd" } });
    const before = await dump();
    const rehearsed = await stage.run({ dryRun: true });
    expect(await dump()).toEqual(before);
    expect(rehearsed).toMatchObject({
      processed: 2,
      inserted: 1,
      updated: 0,
      retracted: 1,
      exhausted: true,
      lagSeconds: 0,
    });
    expect(await stage.run()).toEqual({ ...rehearsed, lagSeconds: null });
  });

  it("looks for what no trigger saw as well, and leaves it there", async () => {
    await say({ by: "lead" }, { id: "answer", by: "setter", at: later(1) });
    await stage.run();
    await stage.db.$transaction([
      stage.db.$executeRaw`ALTER TABLE "Message" DISABLE TRIGGER USER`,
      stage.db.$executeRaw`DELETE FROM "Message" WHERE "id" = 'answer'`,
      stage.db.$executeRaw`ALTER TABLE "Message" ENABLE TRIGGER USER`,
    ]);
    const before = await dump();
    expect(await stage.run({ dryRun: true })).toMatchObject({ processed: 1, retracted: 1 });
    expect(await dump()).toEqual(before);
    expect(await stage.run()).toMatchObject({ processed: 1, retracted: 1 });
  });
});

describe("the lookback", () => {
  const daysAgo = (days: number) => new Date(NOW - days * DAY_MS);

  it("leaves older anchors as they are, and consumes their changes", async () => {
    await say({ id: "old", by: "lead", at: daysAgo(40) }, { by: "ai", at: daysAgo(39) });
    await say({ id: "new", by: "lead", at: daysAgo(20) }, { by: "ai", at: daysAgo(19) });
    expect(await stage.run({ lookbackDays: 30 })).toMatchObject({ processed: 1, inserted: 1 });
    expect(await stage.run({ lookbackDays: 30 })).toEqual(NOTHING_DONE);
    await stage.db.message.deleteMany({ where: { sentBy: "ai" } });
    await stage.run();
    expect(await readEvents(stage.db, ["acme"])).toEqual([]);
  });

  it("does not cut a streak, nor the answer to one", async () => {
    await say(
      { by: "lead", at: daysAgo(31) },
      { id: "new", by: "lead", at: daysAgo(29) },
      { by: "setter", at: daysAgo(1) },
    );
    await stage.run({ lookbackDays: 30 });
    const [row] = await readEvents(stage.db, ["acme"]);
    expect(row).toMatchObject({ inboundMessageId: "new", streakCount: 2, streakStartedAt: daysAgo(31) });
    expect(row?.setterResponseMs).toBe(BigInt(28 * DAY_MS));
  });

  it.each([
    ["was inside", 20, 40],
    ["is inside", 40, 20],
  ])("counts a row whose message %s as inside", async (_, before, now) => {
    await say({ id: "asks", by: "lead", at: daysAgo(before) }, { by: "setter", at: daysAgo(10) });
    await stage.run();
    await stage.db.message.update({ where: { id: "asks" }, data: { sentAt: daysAgo(now) } });
    expect(await stage.run({ lookbackDays: 30 })).toMatchObject({ processed: 1, updated: 1 });
    await expectTruth();
  });

  it("that was shorter once is made up for by a run that looks further back, and not by others", async () => {
    await say({ by: "lead", at: daysAgo(40) }, { by: "ai", at: daysAgo(39) });
    expect(await stage.run({ lookbackDays: 30 })).toMatchObject({ processed: 1, inserted: 0 });
    expect(await stage.run({ lookbackDays: 30 })).toEqual(NOTHING_DONE);
    expect(await stage.run({ lookbackDays: 90 })).toMatchObject({ processed: 1, inserted: 1, mismatches: 0 });
    expect(await stage.run({ lookbackDays: 90 })).toEqual(NOTHING_DONE);
  });
});

describe("what an event has saved of its campaign", () => {
  beforeEach(async () => {
    await stage.db.aIDraft.create({
      data: { id: "draft", leadId: "acme-lead", channel: "sms", triggerMessageId: "asks" },
    });
    await say({ id: "asks", by: "lead" }, { id: "answer", by: "ai", at: later(15_000), draft: "draft" });
  });

  const saved = async () => {
    const [row] = await readEvents(stage.db, ["acme"]);
    return [row?.aiDelayMinSeconds, row?.aiDelayMaxSeconds, row?.aiChosenDelaySeconds];
  };

  it("is there with the first answer, and stays when the campaign changes, the answer goes and another comes", async () => {
    await stage.db.lead.update({ where: { id: "acme-lead" }, data: { campaignId: "spring" } });
    await stage.run();
    expect(await saved()).toEqual([10, 20, expect.any(Number)]);
    await stage.db.campaign.updateMany({ data: { autoSendDelayMinSeconds: 1, autoSendDelayMaxSeconds: 1 } });
    await stage.db.message.update({ where: { id: "answer" }, data: { deliveryStatus: "bounced" } });
    await say({ by: "setter", at: later(20_000) });
    await stage.run();
    expect(await saved()).toEqual([10, 20, null]);
    await say({ by: "ai", at: later(30_000), draft: "draft" });
    await stage.run();
    expect(await saved()).toEqual([10, 20, expect.any(Number)]);
    await expectTruth();
  });

  it("is filled in when the thread changes after the lead got a campaign, and no earlier", async () => {
    await stage.run();
    expect(await saved()).toEqual([null, null, null]);
    await stage.db.lead.update({ where: { id: "acme-lead" }, data: { campaignId: "spring" } });
    expect(await stage.run()).toEqual(NOTHING_DONE);
    await say({ by: "setter", at: later(20_000) });
    expect(await stage.run()).toMatchObject({ processed: 1, updated: 1 });
    expect(await saved()).toEqual([10, 20, expect.any(Number)]);
  });
});

describe("a thread that cannot be recomputed", () => {
  it("keeps no other back, is reported, and stays in the queue", async () => {
    await stage.db.lead.createMany({ data: ids(20).map((id) => ({ id, clientId: "acme" })) });
    await stage.db.$executeRaw`ALTER TABLE "ResponseTimingEvent" ADD CONSTRAINT "odd" CHECK ("leadId" <> 'lead-7')`;
    await say(
      ...ids(20).flatMap((leadId): Said[] => [
        { leadId, by: "lead" },
        { leadId, by: "ai", at: later(1) },
      ]),
    );
    expect(await stage.run()).toMatchObject({ processed: 19, inserted: 19, failed: 1, exhausted: false, skipped: 0 });
    await stage.db.$executeRaw`ALTER TABLE "ResponseTimingEvent" DROP CONSTRAINT "odd"`;
    expect(await stage.run()).toMatchObject({ processed: 1, inserted: 1, failed: 0, exhausted: true });
  });
});

function ids(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `lead-${index + 1}`);
}

/** All that a dry run might have written. */
async function dump(): Promise<unknown> {
  const { db } = stage;
  const tables = [db.responseTimingEvent.findMany(), db.responseTimingChange.findMany(), db.processorMark.findMany()];
  return JSON.stringify(await Promise.all(tables), (_, value) => (typeof value === "bigint" ? String(value) : value));
}
