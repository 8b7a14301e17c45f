import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectEvents, readEvents } from "../histories-database.fixture";
import { openTimingStage, type TimingStage } from "../timing-stage.fixture";
import { recomputeThreads } from "./recompute";

/**
 * One thread of a dozen exchanges, a minute each: the lead writes `in-0`, and `out-0` answers, which the AI sent, from
 * the draft `draft-0` that `in-0` triggered. No setter has written.
 */
const EXCHANGES = 12;
const EPOCH = new Date(0);

let stage: TimingStage;
beforeAll(async () => {
  stage = await openTimingStage();
});
afterAll(() => stage.close());

beforeEach(async () => {
  const { db } = stage;
  await db.client.deleteMany();
  await db.client.create({ data: { id: "acme", name: "Acme" } });
  const bounds = { autoSendDelayMinSeconds: 60, autoSendDelayMaxSeconds: 300 };
  await db.campaign.create({ data: { id: "spring", clientId: "acme", name: "Spring", ...bounds } });
  await db.lead.create({ data: { id: "ann", clientId: "acme" } });
  for (let number = 0; number < EXCHANGES; number++) {
    await write(`in-${number}`, number, { direction: "inbound" });
    await db.aIDraft.create({ data: { ...THREAD, id: `draft-${number}`, triggerMessageId: `in-${number}` } });
    await write(`out-${number}`, number + 0.5, { direction: "outbound", sentBy: "ai", aiDraftId: `draft-${number}` });
  }
  await stage.run();
});

describe("a change late in a long thread", () => {
  it("leaves alone what was over before it", async () => {
    await tamper("in-3");
    await recompute({ fromSentAt: minute(9) });
    expect(await streakCountOf("in-3")).toBe(99);
    await recompute({ fromSentAt: null });
    expect(await streakCountOf("in-3")).toBe(1);
  });

  it("that is the first answer of a setter is the setter's answer to everything before it", async () => {
    await expectRight(() => write("setter", 20, { direction: "outbound", sentBy: "setter", sentByUserId: "user-1" }));
    expect(await db().responseTimingEvent.count({ where: { setterResponseMessageId: "setter" } })).toBe(EXCHANGES);
  });

  it("that takes away the only answer of a setter takes it from everything before it", async () => {
    await write("setter", 20, { direction: "outbound", sentBy: "setter", sentByUserId: "user-1" });
    await stage.run();
    await expectRight(() => db().message.delete({ where: { id: "setter" } }));
    expect(await db().responseTimingEvent.count({ where: { setterResponseMessageId: null } })).toBe(EXCHANGES);
  });

  it("that is an answer of the AI to the first message is the answer to that one", async () => {
    await db().aIDraft.update({ where: { id: "draft-0" }, data: { triggerMessageId: null } });
    await db().aIDraft.create({ data: { ...THREAD, id: "late", triggerMessageId: "in-0" } });
    await stage.run();
    await expectRight(() => write("late", 20, { direction: "outbound", sentBy: "ai", aiDraftId: "late" }));
    expect(await answerOf("in-0")).toBe("late");
    await expectRight(() => db().message.update({ where: { id: "late" }, data: { sentBy: "system" } }));
    expect(await answerOf("in-0")).toBeNull();
  });

  it("fills in the bounds of all answers that came before the lead had a campaign", async () => {
    await db().lead.update({ where: { id: "ann" }, data: { campaignId: "spring" } });
    await expectRight(() => write("hello", 20, { direction: "inbound" }));
    expect(await db().responseTimingEvent.count({ where: { aiDelayMinSeconds: 60 } })).toBe(EXCHANGES);
  });

  it("that joins two streaks counts all of both", async () => {
    await expectRight(() => db().message.delete({ where: { id: "out-7" } }));
    expect(await streakCountOf("in-8")).toBe(2);
  });

  it("that answers a message of the same time as the answer before is its answer", async () => {
    await db().message.deleteMany({ where: { id: { in: ["in-8", "out-8"] } } });
    await write("twin", 7.5, { direction: "inbound" });
    await stage.run();
    await expectRight(() => write("new", 8, { direction: "outbound", sentBy: "system" }));
    expect(await streakCountOf("twin")).toBe(1);
  });

  it("does not take back the event of a message that has left the tail, by a change that is yet to come", async () => {
    await db().message.update({ where: { id: "in-9" }, data: { sentAt: minute(2.2) } });
    await recompute({ fromSentAt: minute(10) });
    expect(await streakCountOf("in-9")).toBe(1);
    await stage.run();
    expect(await streakCountOf("in-9")).toBe(2);
  });

  it("leaves whole a streak that ends at the time where the tail begins", async () => {
    await write("in-6-again", 6.5, { direction: "inbound" });
    await stage.run();
    await expectRight(() => write("new", 7.7, { direction: "outbound", sentBy: "system" }));
    expect(await streakCountOf("in-6-again")).toBe(2);
  });
});

const THREAD = { leadId: "ann", channel: "sms" };

function db() {
  return stage.db;
}

function minute(number: number): Date {
  return new Date(Date.UTC(2030, 0, 1) + number * 60_000);
}

type MessageFields = { direction: string; sentBy?: string; sentByUserId?: string; aiDraftId?: string };

function write(id: string, atMinute: number, fields: MessageFields) {
  return db().message.create({ data: { ...THREAD, ...fields, id, sentAt: minute(atMinute), createdAt: minute(60) } });
}

/** After a run that was told of the change, and of nothing else, all rows are those of the definitions. */
async function expectRight(change: () => Promise<unknown>): Promise<void> {
  await change();
  await stage.run();
  expect(await readEvents(db(), ["acme"])).toEqual(await expectEvents(db(), ["acme"]));
}

function recompute({ fromSentAt }: { fromSentAt: Date | null }) {
  return db().$transaction((tx) => recomputeThreads(tx, [{ ...THREAD, fromSentAt }], EPOCH));
}

function tamper(inboundMessageId: string) {
  return db().responseTimingEvent.update({ where: { inboundMessageId }, data: { streakCount: 99 } });
}

async function answerOf(inboundMessageId: string): Promise<string | null | undefined> {
  return (await db().responseTimingEvent.findUnique({ where: { inboundMessageId } }))?.aiResponseMessageId;
}

async function streakCountOf(inboundMessageId: string): Promise<number | undefined> {
  return (await db().responseTimingEvent.findUnique({ where: { inboundMessageId } }))?.streakCount;
}
