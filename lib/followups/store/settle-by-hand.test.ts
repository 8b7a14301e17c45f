import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { settleUncertainSend } from "./settle-by-hand";

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

const ROUND = new Date("2030-03-01T09:00:00Z");
const LEFT = new Date("2030-03-03T09:00:00Z");
const NOW = new Date("2030-03-04T12:00:00Z");

/** A lead whose first message left, and nobody knows whether it arrived; `steps` is how many the sequence has. */
async function uncertainSend({ steps }: { steps: number }) {
  const client = await db.client.create({ data: { name: "Acme" } });
  const sequence = await db.followUpSequence.create({ data: { clientId: client.id, name: "Chase" } });
  await db.followUpStep.createMany({
    data: Array.from({ length: steps }, (_, step) => {
      return { sequenceId: sequence.id, stepOrder: step + 1, dayOffset: 2, minuteOffset: 30, channel: "sms" };
    }),
  });
  const lead = await db.lead.create({ data: { clientId: client.id } });
  const { id: instanceId } = await db.followUpInstance.create({
    data: {
      ...{ leadId: lead.id, sequenceId: sequence.id, startedAt: ROUND },
      ...{ status: "paused", pausedReason: "send_uncertain" },
    },
  });
  const send = { instanceId, round: ROUND, stepOrder: 1 };
  const rest = {
    channel: "sms",
    localDay: "2030-03-03",
    status: "unknown",
    claimToken: "x",
    markedAt: LEFT,
    expiresAt: LEFT,
  };
  await db.followUpSend.create({ data: { ...send, ...rest, leadId: lead.id } });
  const instance = () => db.followUpInstance.findUniqueOrThrow({ where: { id: instanceId } });
  const status = async () => (await db.followUpSend.findFirstOrThrow({ where: { instanceId } })).status;
  return { send, lead, instance, status };
}

describe("a send that arrived after all", () => {
  it("counts as done when it left, and the next step follows it", async () => {
    const { send, lead, instance, status } = await uncertainSend({ steps: 2 });
    expect(await settleUncertainSend(db, send, "sent", NOW)).toBe(true);
    expect(await status()).toBe("sent");
    expect(await instance()).toMatchObject({ status: "active", pausedReason: null, currentStep: 1, lastStepAt: LEFT });
    expect((await instance()).nextStepDue).toEqual(new Date("2030-03-05T09:30:00Z"));
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({ lastOutboundAt: LEFT });
  });

  it("ends the sequence where it was the last", async () => {
    const { send, instance } = await uncertainSend({ steps: 1 });
    await settleUncertainSend(db, send, "sent", NOW);
    expect(await instance()).toMatchObject({ status: "completed", completedReason: "finished", completedAt: NOW });
    expect((await instance()).nextStepDue).toBe(null);
  });
});

describe("a send that did not", () => {
  it("is due at once, as the step that it was", async () => {
    const { send, lead, instance, status } = await uncertainSend({ steps: 2 });
    expect(await settleUncertainSend(db, send, "not_sent", NOW)).toBe(true);
    expect(await status()).toBe("not_sent");
    expect(await instance()).toMatchObject({ status: "active", currentStep: 0, lastStepAt: null, nextStepDue: NOW });
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({ lastOutboundAt: null });
  });
});

describe("a verdict", () => {
  it("is taken once: of two people at the same moment one is heard", async () => {
    const { send, status } = await uncertainSend({ steps: 2 });
    const verdicts = ["sent", "not_sent", "sent", "not_sent"] as const;
    const heard = await Promise.all(verdicts.map((verdict) => settleUncertainSend(db, send, verdict, NOW)));
    expect(heard.filter(Boolean)).toHaveLength(1);
    expect(await status()).toBe(verdicts[heard.indexOf(true)]);
  });

  it("moves nothing that has moved on meanwhile", async () => {
    const { send, instance, status } = await uncertainSend({ steps: 2 });
    await db.followUpInstance.updateMany({
      where: { id: send.instanceId },
      data: { status: "cancelled", pausedReason: null },
    });
    expect(await settleUncertainSend(db, send, "not_sent", NOW)).toBe(true);
    expect(await status()).toBe("not_sent");
    expect(await instance()).toMatchObject({ status: "cancelled", nextStepDue: null });
  });

  it("is about no send that is certain, and about no other round", async () => {
    const { send } = await uncertainSend({ steps: 2 });
    expect(await settleUncertainSend(db, { ...send, round: NOW }, "sent", NOW)).toBe(false);
    expect(await settleUncertainSend(db, { ...send, stepOrder: 2 }, "sent", NOW)).toBe(false);
    await settleUncertainSend(db, send, "sent", NOW);
    expect(await settleUncertainSend(db, send, "not_sent", NOW)).toBe(false);
  });
});
