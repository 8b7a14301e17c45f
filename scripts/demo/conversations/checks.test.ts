import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDeadline } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { processResponseTiming } from "@/lib/response-timing/runner";
import { openScene, type Scene } from "../../testing/scene";
import { syncOnce } from "../../testing/sync-story";
import { takeSnapshot } from "../../truth/snapshot";
import type { Chapter } from "../chapter";
import { checkAudits, checkStillness } from "../checks";
import { openConversations } from "./conversations";

let scene: Scene;
let chapter: Chapter;
let db: Db;

/** The demo's own chapter from its beginning to its end, with the crons' runners in the place of the app. */
beforeAll(async () => {
  scene = await openScene();
  db = scene.runtime.db;
  chapter = await openConversations(scene.sandbox, db);
  for (const act of [0, 1, 2] as const) {
    await chapter.play(act);
    await tick();
  }
});

afterAll(() => scene.close());

describe("the chapter of conversations", () => {
  it("agrees when it is told, and then changes no more", async () => {
    expect(await disagreements()).toEqual([]);
    const before = await takeSnapshot(db);
    await tick();
    expect(checkStillness(before, await takeSnapshot(db)).disagreements).toEqual([]);
  });

  it("has something to check in every way", async () => {
    expect(await db.message.count({ where: { externalId: { not: null } } })).toBeGreaterThan(100);
    const recovered = await db.syncHealth.aggregate({ _sum: { recovered: true }, _max: { recovered: true } });
    expect(recovered._sum.recovered).toBeGreaterThan(10);
    expect(await db.responseTimingEvent.count({ where: { aiResponseMessageId: { not: null } } })).toBeGreaterThan(10);
    expect((await chapter.tables()).length).toBeGreaterThan(8);
  });
});

describe("its checks turn red", () => {
  const WHATSAPP = `"channel" = 'whatsapp'`;
  const ONE_MESSAGE = `"id" = (SELECT min("id") FROM "Message" WHERE ${WHATSAPP})`;
  const one = (condition: string) => `"id" = (SELECT min("id") FROM "ResponseTimingEvent" WHERE ${condition})`;
  const RECOVERED = `"addedBy" = 'background-sync' AND "content" LIKE 'Missed webhook:%'`;
  const FLAGS = `"addedBy" = 'background-sync' AND "content" LIKE 'Sync check:%'`;
  const copyOf = (note: string) => `INSERT INTO "LeadNote" ("leadId", "content", "addedBy")
    SELECT "leadId", "content", "addedBy" FROM "LeadNote" WHERE ${note} LIMIT 1`;

  it.each<[string, string, string]>([
    ["a message is missing", "WhatsApp messages", `DELETE FROM "Message" WHERE ${ONE_MESSAGE}`],
    ["a message was never said", "WhatsApp messages", `UPDATE "Message" SET "externalId" = 'no' WHERE ${ONE_MESSAGE}`],
    [
      "a message came from the other side",
      "WhatsApp messages",
      `UPDATE "Message" SET "direction" = CASE "direction" WHEN 'inbound' THEN 'outbound' ELSE 'inbound' END
        WHERE ${ONE_MESSAGE}`,
    ],
    [
      "a message has other words",
      "WhatsApp messages",
      `UPDATE "Message" SET "body" = 'other' WHERE ${WHATSAPP} AND "body" = 'Yes'`,
    ],
    ["a sync counts too much", "what webhooks had lost", `UPDATE "SyncHealth" SET "missed" = "missed" + 1`],
    ["a sync counts too few messages", "what webhooks had lost", `UPDATE "SyncHealth" SET "recovered" = 0`],
    ["a sync failed", "what webhooks had lost", `UPDATE "SyncHealth" SET "error" = 'it did'`],
    ["a note of what was found is missing", "what webhooks had lost", `DELETE FROM "LeadNote" WHERE ${RECOVERED}`],
    [
      "the stranger is on record",
      "what webhooks had lost",
      `INSERT INTO "Lead" ("clientId", "phone") SELECT "id", '+15550109999' FROM "Client" LIMIT 1`,
    ],
    ["nobody was flagged", "quiet leads", `DELETE FROM "LeadNote" WHERE ${FLAGS}`],
    ["somebody was flagged twice", "quiet leads", copyOf(FLAGS)],
    ["an event is missing", "response times", `DELETE FROM "ResponseTimingEvent" WHERE ${one("true")}`],
    [
      "an event is of no anchor",
      "response times",
      `UPDATE "ResponseTimingEvent" SET "inboundMessageId" = 'no' WHERE ${one("true")}`,
    ],
    [
      "a duration is wrong",
      "response times",
      `UPDATE "ResponseTimingEvent" SET "setterResponseMs" = 1 WHERE ${one(`"setterResponseMs" > 1`)}`,
    ],
    [
      "another one answered first",
      "who answered first",
      `UPDATE "ResponseTimingEvent" SET "firstResponder" = 'ai' WHERE ${one(`"firstResponder" = 'setter'`)}`,
    ],
    [
      "a stretch has another length",
      "who answered first",
      `UPDATE "ResponseTimingEvent" SET "streakCount" = 9 WHERE ${one(`"channel" = 'sms'`)}`,
    ],
    [
      "saved bounds are overwritten",
      "delays of the AI",
      `UPDATE "ResponseTimingEvent" SET "aiDelayMinSeconds" = 20, "aiDelayMaxSeconds" = 45
        WHERE ${one(`"aiDelayMinSeconds" = 180`)}`,
    ],
    [
      "a job began at another time",
      "delays of the AI",
      `UPDATE "ResponseTimingEvent" SET "aiJobStartedAt" = "aiJobStartedAt" + interval '1 second'
        WHERE ${one(`"aiJobStartedAt" IS NOT NULL`)}`,
    ],
    [
      "the delay in seconds is rounded up",
      "delays of the AI",
      `UPDATE "ResponseTimingEvent" SET "aiActualDelaySeconds" = "aiActualDelaySeconds" + 1
        WHERE ${one(`"aiActualDelaySeconds" IS NOT NULL`)}`,
    ],
  ])("where %s", async (_, check, falsification) => {
    expect((await falsely(falsification, disagreements)).map(({ name }) => name)).toContain(check);
  });

  it.each(["Message", "ResponseTimingEvent", "LeadNote"])("where the last tick removes a row of %s", async (table) => {
    const before = await takeSnapshot(db);
    const removal = `DELETE FROM "${table}" WHERE "id" = (SELECT min("id") FROM "${table}")`;
    const during = await falsely(removal, () => takeSnapshot(db));
    expect(checkStillness(before, during).disagreements).toHaveLength(1);
    expect(checkStillness(before, await takeSnapshot(db)).disagreements).toEqual([]);
  });

  it("where a message is on record twice, and says so", async () => {
    const copy = `INSERT INTO "Message" ("leadId", "channel", "direction", "externalId", "body", "sentAt")
      SELECT l."id", m."channel", m."direction", m."externalId", m."body", m."sentAt" FROM "Message" m
      JOIN "Lead" o ON o."id" = m."leadId" JOIN "Lead" l ON l."clientId" = o."clientId" AND l."id" <> o."id"
      WHERE m.${ONE_MESSAGE} LIMIT 1`;
    const texts = (await falsely(copy, disagreements)).flatMap((check) => check.disagreements);
    expect(texts).toContainEqual(expect.stringMatching(/^\w+ \w+: message \S+ is on record 2 times$/));
  });

  it("where an audit counts mismatches", () => {
    const tick = { job: "response-timing", calls: 1, durationMs: 5, complaints: [] };
    expect(checkAudits([{ ...tick, figures: new Map([["mismatches", 0]]) }]).disagreements).toEqual([]);
    expect(checkAudits([{ ...tick, figures: new Map([["mismatches", 2]]) }]).disagreements).toEqual([
      "response-timing counts 2 mismatches",
    ]);
  });
});

/** What is seen once a record is falsified; afterwards everything is as it was. */
async function falsely<Seen>(statement: string, look: () => Promise<Seen>): Promise<Seen> {
  const kept = ["Message", "LeadNote", "SyncHealth", "ResponseTimingEvent"];
  for (const table of kept) await db.$executeRawUnsafe(`CREATE TABLE "kept${table}" AS SELECT * FROM "${table}"`);
  try {
    expect(await db.$executeRawUnsafe(statement)).toBeGreaterThan(0);
    return await look();
  } finally {
    await db.lead.deleteMany({ where: { phone: { contains: "15550109999" } } });
    for (const table of kept) {
      await db.$executeRawUnsafe(`DELETE FROM "${table}"`);
      await db.$executeRawUnsafe(`INSERT INTO "${table}" SELECT * FROM "kept${table}"`);
      await db.$executeRawUnsafe(`DROP TABLE "kept${table}"`);
    }
  }
}

async function disagreements() {
  return (await chapter.checks()).filter((check) => check.disagreements.length > 0);
}

/** What the demo's ticks do, as far as it is about conversations. */
async function tick(): Promise<void> {
  const { exhausted, errors } = await syncOnce(scene);
  expect({ exhausted, errors }).toEqual({ exhausted: true, errors: 0 });
  const deadline = startDeadline(30_000);
  const outcome = await processResponseTiming(scene.runtime.responseTiming, { dryRun: false }, deadline);
  deadline.dispose();
  if (outcome.kind !== "ran") throw new Error(`response timing ended as ${outcome.kind}`);
}
