import { Client } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";

let database: TestDatabase;
let client: Client;
beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Two leads, a conversation on one of them, and an empty queue. */
beforeEach(async () => {
  await client.query(`
    TRUNCATE "Client", "Message", "AIDraft", "BackgroundJob" CASCADE;
    INSERT INTO "Client" ("id", "name") VALUES ('acme', 'Acme');
    INSERT INTO "Lead" ("id", "clientId") VALUES ('a', 'acme'), ('b', 'acme');
    INSERT INTO "Message" ("id", "leadId", "channel", "direction", "kind", "sentAt") VALUES
      ('m1', 'a', 'sms', 'inbound', NULL, '2026-01-01'), ('m2', 'a', 'sms', 'outbound', 'reply', '2026-01-02'),
      ('mail', 'a', 'email', 'inbound', NULL, '2026-01-01'), ('blast', 'a', 'sms', 'outbound', 'campaign', '2026-01-03');
    INSERT INTO "AIDraft" ("id", "leadId", "channel", "triggerMessageId") VALUES ('d', 'a', 'sms', 'm1');
    INSERT INTO "BackgroundJob" ("id", "type", "clientId", "leadId", "messageId", "draftId", "runAt")
      VALUES ('j', 'AI_AUTO_SEND_DELAYED', 'acme', 'a', 'm1', 'd', now());
    TRUNCATE "ResponseTimingChange"`);
});

const MESSAGE = `INSERT INTO "Message" ("leadId", "channel", "direction", "kind", "deliveryStatus", "sentAt")`;
const JOB = `INSERT INTO "BackgroundJob" ("type", "clientId", "leadId", "messageId", "draftId", "runAt")`;

describe("the time that a change is noted with", () => {
  it.each([
    [
      "is that of the first message that came",
      `${MESSAGE} VALUES ('a', 'sms', 'inbound', NULL, NULL, '2026-03-02'), ('a', 'sms', 'inbound', NULL, NULL, '2026-03-01')`,
      "2026-03-01",
    ],
    [
      "is the earlier one of a message that moves in time",
      `UPDATE "Message" SET "sentAt" = '2026-05-01' WHERE "id" = 'm2'`,
      "2026-01-02",
    ],
    [
      "is the earlier one of a message that moves back in time",
      `UPDATE "Message" SET "sentAt" = '2025-05-01' WHERE "id" = 'm2'`,
      "2025-05-01",
    ],
    ["is that of the first message that went", `DELETE FROM "Message" WHERE "id" IN ('m1', 'm2')`, "2026-01-01"],
    [
      "is not that of a message that no thread sees",
      `${MESSAGE} VALUES ('a', 'sms', 'inbound', NULL, NULL, '2026-03-01'), ('a', 'sms', 'inbound', 'reaction', NULL, '2026-02-01')`,
      "2026-03-01",
    ],
    [
      "is left open where all messages go at a stroke",
      `INSERT INTO "ResponseTimingEvent" ("clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount") VALUES ('acme', 'b', 'sms', 'm9', now(), now(), 1); TRUNCATE "Message"`,
      null,
    ],
  ])("%s", async (_, statement, time) => {
    await client.query(statement);
    const { rows } = await client.query(`SELECT "fromSentAt" FROM "ResponseTimingChange"`);
    expect(rows).toEqual([{ fromSentAt: time === null ? null : new Date(`${time}T00:00:00Z`) }]);
  });
});

describe("a statement on messages", () => {
  it.each([
    ["brings one", `${MESSAGE} VALUES ('b', 'sms', 'inbound', NULL, NULL, now())`, ["b sms"]],
    [
      "brings a thousand",
      `${MESSAGE} SELECT 'b', 'sms', 'inbound', NULL, NULL, now() FROM generate_series(1, 1000)`,
      ["b sms"],
    ],
    [
      "brings some to several threads",
      `${MESSAGE} SELECT l, 'email', 'outbound', NULL, NULL, now() FROM unnest('{a,b}'::text[]) l`,
      ["a email", "b email"],
    ],
    ["moves one to another lead", `UPDATE "Message" SET "leadId" = 'b' WHERE "id" = 'm1'`, ["a sms", "b sms"]],
    [
      "moves one to another channel",
      `UPDATE "Message" SET "channel" = 'whatsapp' WHERE "id" = 'm1'`,
      ["a sms", "a whatsapp"],
    ],
    ["gives one another id", `UPDATE "Message" SET "id" = 'other' WHERE "id" = 'm1'`, ["a sms"]],
    ["deletes one", `DELETE FROM "Message" WHERE "id" = 'm2'`, ["a sms"]],
    ["deletes one softly", `UPDATE "Message" SET "deletedAt" = now() WHERE "id" = 'm2'`, ["a sms"]],
    ["turns one into a campaign's", `UPDATE "Message" SET "kind" = 'campaign' WHERE "id" = 'm2'`, ["a sms"]],
    ["turns a campaign's into a reply", `UPDATE "Message" SET "kind" = 'reply' WHERE "id" = 'blast'`, ["a sms"]],
    [
      "says that one was not delivered",
      `UPDATE "Message" SET "deliveryStatus" = 'bounced' WHERE "id" = 'm2'`,
      ["a sms"],
    ],
    ...["direction = 'inbound'", "sentBy = 'ai'", "sentByUserId = 'u'", "aiDraftId = 'd'"].map((edit): Case => {
      return [`sets ${edit}`, `UPDATE "Message" SET ${edit.replace(/\w+/, '"$&"')} WHERE "id" = 'm2'`, ["a sms"]];
    }),
    ["changes when one was sent", `UPDATE "Message" SET "sentAt" = now() WHERE "id" = 'm2'`, ["a sms"]],
    ["changes when one was heard of", `UPDATE "Message" SET "createdAt" = '2026-01-09' WHERE "id" = 'm2'`, ["a sms"]],
    [
      "inserts or updates",
      `INSERT INTO "Message" SELECT m.* FROM "Message" m ON CONFLICT ("id") DO UPDATE SET "sentBy" = 'ai'`,
      ["a email", "a sms"],
    ],
    [
      "empties the table",
      `INSERT INTO "ResponseTimingEvent" ("clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount") VALUES ('acme', 'b', 'sms', 'm9', now(), now(), 1); TRUNCATE "Message"`,
      ["b sms"],
    ],
  ] satisfies Case[])("that %s notes the threads that it changed", async (_, statement, threads) => {
    await client.query(statement);
    expect(await noted()).toEqual(threads);
  });

  it.each([
    ["edits a body", `UPDATE "Message" SET "body" = 'Hello.'`],
    ["changes nothing", `UPDATE "Message" SET "sentAt" = "sentAt"`],
    ["says that one was delivered", `UPDATE "Message" SET "deliveryStatus" = 'delivered'`],
    ["brings a campaign's", `${MESSAGE} VALUES ('b', 'sms', 'outbound', 'campaign', NULL, now())`],
    ["brings a reaction", `${MESSAGE} VALUES ('b', 'sms', 'inbound', 'reaction', NULL, now())`],
    ["brings one that failed", `${MESSAGE} VALUES ('b', 'sms', 'outbound', 'reply', 'failed', now())`],
    ["moves a campaign's", `UPDATE "Message" SET "leadId" = 'b' WHERE "id" = 'blast'`],
    ["finds nothing", `DELETE FROM "Message" WHERE "id" = 'gone'`],
    [
      "is about a lead that goes",
      `DELETE FROM "Message" WHERE false; ALTER TABLE "AIDraft" DISABLE TRIGGER USER; ALTER TABLE "BackgroundJob" DISABLE TRIGGER USER; DELETE FROM "Lead"; ALTER TABLE "AIDraft" ENABLE TRIGGER USER; ALTER TABLE "BackgroundJob" ENABLE TRIGGER USER`,
    ],
    ["is taken back", `BEGIN; DELETE FROM "Message"; ROLLBACK`],
  ])("that %s notes nothing", async (_, statement) => {
    await client.query(statement);
    expect(await noted()).toEqual([]);
  });
});

describe("a statement on drafts and jobs", () => {
  it.each([
    [
      "brings a draft",
      `INSERT INTO "AIDraft" ("leadId", "channel", "triggerMessageId") VALUES ('b', 'sms', 'mail')`,
      ["mail"],
    ],
    [
      "brings a draft of a message to come",
      `INSERT INTO "AIDraft" ("leadId", "channel", "triggerMessageId") VALUES ('b', 'sms', 'later')`,
      ["later"],
    ],
    ["gives a draft another message", `UPDATE "AIDraft" SET "triggerMessageId" = 'mail'`, ["m1", "mail"]],
    ["takes a draft's message", `UPDATE "AIDraft" SET "triggerMessageId" = NULL`, ["m1"]],
    ["deletes a draft", `DELETE FROM "AIDraft"`, ["m1"]],
    ["brings a job", `${JOB} VALUES ('AI_AUTO_SEND_DELAYED', 'acme', 'b', 'mail', 'd', now())`, ["mail"]],
    ["gives a job another message", `UPDATE "BackgroundJob" SET "messageId" = 'mail'`, ["m1", "mail"]],
    ["gives a job another draft", `UPDATE "BackgroundJob" SET "draftId" = 'other'`, ["m1"]],
    ["makes a job one of another type", `UPDATE "BackgroundJob" SET "type" = 'OTHER'`, ["m1"]],
    ["starts a job", `UPDATE "BackgroundJob" SET "startedAt" = now()`, ["m1"]],
    ["finishes a job", `UPDATE "BackgroundJob" SET "finishedAt" = now()`, ["m1"]],
    ["puts a job off", `UPDATE "BackgroundJob" SET "runAt" = '2026-02-01'`, ["m1"]],
    ["makes a job newer", `UPDATE "BackgroundJob" SET "createdAt" = '2026-02-01'`, ["m1"]],
    ["deletes a job", `DELETE FROM "BackgroundJob"`, ["m1"]],
  ] satisfies Case[])("that %s notes the messages named, before and after", async (_, statement, messages) => {
    await client.query(statement);
    expect(await noted()).toEqual(messages);
  });

  it.each([
    ["edits a draft", `UPDATE "AIDraft" SET "content" = 'Hello.', "status" = 'sent'`],
    ["brings a draft of no message", `INSERT INTO "AIDraft" ("leadId", "channel") VALUES ('a', 'sms')`],
    ["counts a job's attempts", `UPDATE "BackgroundJob" SET "attempts" = 3, "status" = 'FAILED'`],
    ["brings a job of another type", `${JOB} VALUES ('OTHER', 'acme', 'b', 'mail', 'd', now())`],
    ["brings a job without a draft", `${JOB} VALUES ('AI_AUTO_SEND_DELAYED', 'acme', 'b', 'mail', NULL, now())`],
  ])("that %s notes nothing", async (_, statement) => {
    await client.query(statement);
    expect(await noted()).toEqual([]);
  });
});

describe("whoever writes", () => {
  it.each([
    [
      "looks elsewhere for tables",
      `SET search_path = pg_catalog; INSERT INTO public."Message" ("leadId", "channel", "direction", "sentAt") VALUES ('b', 'sms', 'inbound', now()); RESET search_path`,
    ],
    [
      "has a table of the queue's name",
      `CREATE TEMP TABLE "ResponseTimingChange" (LIKE public."ResponseTimingChange"); ${MESSAGE} VALUES ('b', 'sms', 'inbound', NULL, NULL, now()); DROP TABLE pg_temp."ResponseTimingChange"`,
    ],
    [
      "replays what happened elsewhere",
      `SET session_replication_role = replica; ${MESSAGE} VALUES ('b', 'sms', 'inbound', NULL, NULL, now()); RESET session_replication_role`,
    ],
    [
      "may write nothing but messages",
      `CREATE ROLE writer; GRANT INSERT ON "Message" TO writer; SET ROLE writer; ${MESSAGE} VALUES ('b', 'sms', 'inbound', NULL, NULL, now()); RESET ROLE; DROP OWNED BY writer; DROP ROLE writer`,
    ],
  ])("and %s is heard", async (_, statements) => {
    for (const statement of statements.split("; ")) await client.query(statement);
    expect(await noted()).toEqual(["b sms"]);
  });

  it("may empty all tables at once", async () => {
    await client.query(`TRUNCATE "Client", "Lead", "Message", "ResponseTimingEvent", "ResponseTimingChange" CASCADE`);
    expect(await noted()).toEqual([]);
  });
});

describe("a lead that goes", () => {
  const EVENT = `INSERT INTO "ResponseTimingEvent" ("clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount")`;

  it("leaves the events of messages that have become another lead's to that lead", async () => {
    await client.query(
      `${EVENT} VALUES ('acme', 'a', 'sms', 'm1', now(), now(), 1), ('acme', 'a', 'email', 'mail', now(), now(), 1)`,
    );
    await client.query(
      `UPDATE "Message" SET "leadId" = 'b', "channel" = 'whatsapp' WHERE "id" = 'm1'; DELETE FROM "Lead" WHERE "id" = 'a'`,
    );
    const { rows } = await client.query(`SELECT "leadId", "channel", "inboundMessageId" FROM "ResponseTimingEvent"`);
    expect(rows).toEqual([{ leadId: "b", channel: "whatsapp", inboundMessageId: "m1" }]);
    expect(await noted()).toContain("b whatsapp");
  });

  it("takes everything along with its workspace, wherever messages have moved", async () => {
    await client.query(
      `${EVENT} VALUES ('acme', 'a', 'sms', 'm1', now(), now(), 1), ('acme', 'b', 'sms', 'm2', now(), now(), 1)`,
    );
    await client.query(
      `UPDATE "Message" SET "leadId" = CASE "id" WHEN 'm1' THEN 'b' ELSE 'a' END; DELETE FROM "Client"`,
    );
    const { rows } = await client.query(`SELECT FROM "ResponseTimingEvent" UNION ALL SELECT FROM "Message"`);
    expect(rows).toEqual([]);
  });
});

type Case = [string, string, string[]];

/** What the queue holds: threads by lead and channel, or the message that was named. */
async function noted(): Promise<string[]> {
  const { rows } = await client.query<{ what: string }>(`
    SELECT COALESCE("messageId", concat_ws(' ', "leadId", "channel")) AS "what" FROM public."ResponseTimingChange" ORDER BY 1`);
  return rows.map(({ what }) => what);
}
