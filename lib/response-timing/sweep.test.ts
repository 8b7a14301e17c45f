import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createDb } from "@/lib/db/client";
import { expectEvents, readEvents } from "./histories-database.fixture";
import { NOTHING_DONE, openTimingStage, type RunResult, type TimingStage } from "./timing-stage.fixture";

/** What was written while triggers were off is found within so many runs. */
const RUNS_MAX = 12;

/** Enough for as many slices as a sweep may have, with more than one page each. */
const LEADS = 6_000;

let stage: TimingStage;
beforeAll(async () => {
  stage = await openTimingStage();
  await addConversations(LEADS);
  expect(await stage.run({ batchSize: 5000 })).toMatchObject({
    processed: LEADS / 100,
    inserted: LEADS / 100,
    exhausted: true,
  });
});
afterAll(() => stage.close());

/** What one test has left for later runs to find is found before the next. */
beforeEach(async () => {
  const underWay = { where: { OR: [{ slicesLeft: { gt: 0 } }, { lookbackDays: { lt: 3650 } }] } };
  do await stage.run();
  while ((await stage.db.processorMark.count(underWay)) > 0);
  expect(await stage.run()).toEqual(NOTHING_DONE);
});

/**
 * Leads of one workspace, and among them every hundredth as one of another: those asked by text message and were
 * answered by the AI, with the draft and the job of the answer.
 */
async function addConversations(leads: number): Promise<void> {
  const { db } = stage;
  await db.client.createMany({ data: ["silent", "acme"].map((id) => ({ id, name: "Acme" })) });
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId")
    SELECT 'lead-' || g, CASE WHEN g % 100 = 1 THEN 'acme' ELSE 'silent' END FROM generate_series(1, ${leads}::int) g`;
  await db.$executeRaw`
    INSERT INTO "Message" ("id", "leadId", "channel", "direction", "sentBy", "aiDraftId", "sentAt", "createdAt")
    SELECT side || g, 'lead-' || g, 'sms', CASE side WHEN 'ask-' THEN 'inbound' ELSE 'outbound' END,
      CASE side WHEN 'answer-' THEN 'ai' END, CASE side WHEN 'answer-' THEN 'draft-' || g END, sent, sent
    FROM generate_series(1, ${leads}::int, 100) g
    CROSS JOIN (VALUES ('ask-', timestamptz '2026-03-03 09:00Z'), ('answer-', '2026-03-03 09:05Z')) AS s(side, sent)`;
  await db.$executeRaw`
    INSERT INTO "AIDraft" ("id", "leadId", "channel", "triggerMessageId")
    SELECT 'draft-' || g, 'lead-' || g, 'sms', 'ask-' || g FROM generate_series(1, ${leads}::int, 100) g`;
}

/** Everything that can be missed, in leads far apart. Each is another way for a row to be wrong. */
const UNSEEN = [
  `UPDATE "Message" SET "sentAt" = '2026-03-03 09:04Z' WHERE "id" IN ('answer-1', 'answer-5901')`,
  `DELETE FROM "Message" WHERE "id" IN ('answer-201', 'ask-301', 'ask-5001')`,
  `INSERT INTO "Message" ("leadId", "channel", "direction", "sentAt") VALUES ('lead-401', 'sms', 'inbound', '2026-03-03 09:06Z'), ('lead-401', 'sms', 'outbound', '2026-03-03 09:07Z')`,
  `UPDATE "Message" SET "leadId" = 'lead-701', "channel" = 'email' WHERE "leadId" = 'lead-4001'`,
  `UPDATE "Message" SET "leadId" = 'lead-4101' WHERE "id" = 'ask-601'`,
  `DELETE FROM "AIDraft" WHERE "id" = 'draft-501'`,
  `INSERT INTO "BackgroundJob" ("type", "clientId", "leadId", "messageId", "draftId", "runAt") VALUES ('AI_AUTO_SEND_DELAYED', 'acme', 'lead-801', 'ask-801', 'draft-801', now())`,
];
const TABLES = ["Message", "AIDraft", "BackgroundJob"];
const turnTriggers = (how: "ENABLE" | "DISABLE", which = "USER") =>
  TABLES.map((table) => `ALTER TABLE "${table}" ${how} TRIGGER ${which}`);

/** One simple statement after the other, on one connection and in one transaction. */
async function execute(statements: readonly string[]): Promise<void> {
  await stage.db.$transaction(async (tx) => {
    for (const statement of statements) await tx.$executeRawUnsafe(statement);
  });
}

async function isTrue(): Promise<boolean> {
  const [stored, expected] = [await readEvents(stage.db, ["acme"]), await expectEvents(stage.db, ["acme"])];
  return JSON.stringify(stored, bigintsAsText) === JSON.stringify(expected, bigintsAsText);
}

function bigintsAsText(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  // Rows are compared with their fields in one order.
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function runTimes(runs: number, options: Parameters<typeof stage.run>[0] = {}): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (let run = 0; run < runs; run++) results.push(await stage.run(options));
  return results;
}

const sumOf = (results: RunResult[], field: "processed" | "mismatches") =>
  results.reduce((sum, result) => sum + result[field], 0);

describe("what was written while triggers were off", () => {
  it.each([
    ["and on again", [turnTriggers("DISABLE"), UNSEEN, turnTriggers("ENABLE")]],
    ["within one transaction", [[...turnTriggers("DISABLE"), ...UNSEEN, ...turnTriggers("ENABLE")]]],
    ["and still are", [turnTriggers("DISABLE"), UNSEEN]],
  ])("%s is found within 12 runs, and is nobody's mistake", async (_, transactions) => {
    for (const statements of transactions) await execute(statements);
    expect(await isTrue()).toBe(false);
    const results = await runTimes(RUNS_MAX);
    expect(await isTrue()).toBe(true);
    expect(results).toEqual(results.map(() => expect.objectContaining({ exhausted: true, mismatches: 0, failed: 0 })));
    expect(sumOf(results, "processed")).toBeGreaterThanOrEqual(9);
    expect(sumOf(results, "processed")).toBeLessThan(20);
    await execute([...turnTriggers("ENABLE"), ...undoUnseen()]);
  });

  it("is found where one trigger alone was off, or was dropped and made again", async () => {
    await execute([
      `ALTER TABLE "Message" DISABLE TRIGGER "ResponseTiming_delete"`,
      `DELETE FROM "Message" WHERE "id" = 'answer-5801'`,
      `ALTER TABLE "Message" ENABLE ALWAYS TRIGGER "ResponseTiming_delete"`,
    ]);
    await runTimes(RUNS_MAX);
    expect(await isTrue()).toBe(true);
  });

  it("is not missed at all where a session only said that it replays", async () => {
    await stage.db.$transaction([
      stage.db.$executeRaw`SET LOCAL session_replication_role = replica`,
      stage.db.$executeRaw`DELETE FROM "Message" WHERE "id" = 'answer-5701'`,
    ]);
    expect(await stage.run()).toMatchObject({ processed: 1, retracted: 1 });
    expect(await isTrue()).toBe(true);
  });

  it("is found by runs about one workspace as well", async () => {
    await execute([
      ...turnTriggers("DISABLE"),
      `DELETE FROM "Message" WHERE "id" = 'answer-5601'`,
      ...turnTriggers("ENABLE"),
    ]);
    for (let run = 0; run < RUNS_MAX; run++) await stage.run({ clientId: "acme" });
    expect(await isTrue()).toBe(true);
  });

  it("is found again after a run was out of time in the middle of a slice", async () => {
    await execute([
      ...turnTriggers("DISABLE"),
      `DELETE FROM "Message" WHERE "id" = 'answer-5501'`,
      ...turnTriggers("ENABLE"),
    ]);
    const noTime = await stage.run({ budgetMs: 0 });
    expect(noTime).toMatchObject({ exhausted: false, stopReason: "time_budget" });
    await runTimes(RUNS_MAX);
    expect(await isTrue()).toBe(true);
  });
});

/** Puts back what the list of unseen things has changed for good. */
function undoUnseen(): string[] {
  return [
    `UPDATE "Message" SET "leadId" = 'lead-4001', "channel" = 'sms' WHERE "leadId" = 'lead-701' AND "channel" = 'email'`,
    `UPDATE "Message" SET "leadId" = 'lead-601' WHERE "id" = 'ask-601'`,
    `UPDATE "Message" SET "sentAt" = '2026-03-03 09:05Z' WHERE "id" IN ('answer-1', 'answer-5901')`,
    `INSERT INTO "AIDraft" ("id", "leadId", "channel", "triggerMessageId") VALUES ('draft-501', 'lead-501', 'sms', 'ask-501')`,
    `INSERT INTO "Message" ("id", "leadId", "channel", "direction", "sentBy", "sentAt") VALUES ('answer-201', 'lead-201', 'sms', 'outbound', NULL, '2026-03-03 09:05Z'), ('ask-301', 'lead-301', 'sms', 'inbound', NULL, '2026-03-03 09:00Z'), ('ask-5001', 'lead-5001', 'sms', 'inbound', NULL, '2026-03-03 09:00Z')`,
    `DELETE FROM "Message" WHERE "leadId" = 'lead-401' AND "sentAt" > '2026-03-03 09:05Z'`,
    `DELETE FROM "BackgroundJob"`,
  ];
}

describe("a run that finds nothing new", () => {
  it("costs the same few statements, however many leads there are, and reads no more leads than a sample", async () => {
    const few = await openTimingStage();
    await few.db.client.create({ data: { id: "acme", name: "Acme" } });
    await few.db.lead.create({ data: { id: "one", clientId: "acme" } });
    await few.db.message.create({ data: { leadId: "one", channel: "sms", direction: "inbound", sentAt: new Date() } });
    await few.run();
    const [one, many] = [await listStatements(few), await listStatements(stage)];
    expect(many).toEqual(one);
    expect(many.length).toBeLessThanOrEqual(20);
    await few.close();
  });
});

async function listStatements({ databaseUrl, run }: TimingStage): Promise<string[]> {
  const statements: string[] = [];
  const db = createDb(databaseUrl, { onStatement: (sql) => statements.push(sql.trim().slice(0, 12)) });
  expect(await run({ deps: { db } })).toEqual(NOTHING_DONE);
  await db.$disconnect();
  return statements;
}

describe("events that somebody has written into", () => {
  it("are counted as mismatches, and made true again", async () => {
    await stage.db.responseTimingEvent.updateMany({ data: { streakCount: 9 }, where: { leadId: "lead-1201" } });
    await stage.db.responseTimingEvent.deleteMany({ where: { leadId: "lead-5401" } });
    const results = await runTimes(LEADS / 100 + 1, { drifts: true });
    expect(sumOf(results, "mismatches")).toBe(2);
    expect(sumOf(results, "processed")).toBe(2);
    expect(await isTrue()).toBe(true);
  });
});

describe("a run that looks further back than the ones before", () => {
  it("finds what those have left out", async () => {
    const longAgo = new Date("2019-01-01T09:00:00Z");
    const message = { leadId: "lead-901", channel: "whatsapp", createdAt: longAgo };
    await stage.db.message.createMany({
      data: [
        { ...message, direction: "inbound", sentAt: longAgo },
        { ...message, direction: "outbound", sentAt: new Date("2019-01-01T09:01:00Z") },
      ],
    });
    expect(await stage.run({ lookbackDays: 90 })).toMatchObject({ processed: 1, inserted: 0 });
    expect(await stage.run({ lookbackDays: 90 })).toMatchObject({ processed: 0 });
    const results = await runTimes(RUNS_MAX);
    expect(sumOf(results, "processed")).toBe(1);
    expect(await isTrue()).toBe(true);
  });
});
