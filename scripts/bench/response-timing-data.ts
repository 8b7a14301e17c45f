import type { Db } from "@/lib/db/client";
import type { ThreadKey } from "@/lib/response-timing/records";

export const THREAD_MESSAGES = 10;
const SEED_BATCH = 10_000;

/** A database with nothing of an earlier benchmark in it. */
export async function empty(db: Db): Promise<void> {
  await db.client.deleteMany();
  await db.responseTimingChange.deleteMany();
  await db.$executeRaw`INSERT INTO "Client" ("id", "name") VALUES ('acme', 'Acme')`;
  await db.$executeRaw`
    INSERT INTO "Campaign" ("id", "clientId", "name", "autoSendDelayMinSeconds", "autoSendDelayMaxSeconds")
    VALUES ('spring', 'acme', 'Spring', 60, 300)`;
}

/** Leads of a campaign who have each written and been answered several times, by the AI or by a setter. */
export async function seedThreads(db: Db, threads: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "campaignId")
    SELECT gen_random_uuid()::text, 'acme', 'spring' FROM generate_series(1, ${threads}::int)`;
  for (let from = 0; from < threads; from += SEED_BATCH) {
    const some = `SELECT "id" FROM "Lead" ORDER BY "id" OFFSET ${from} LIMIT ${SEED_BATCH}`;
    await seedMessages(db, some, THREAD_MESSAGES);
  }
  await db.$executeRaw`VACUUM ANALYZE`;
}

/** One conversation that never ended. */
export async function seedLongThread(db: Db, messages: number): Promise<ThreadKey> {
  await db.$executeRaw`INSERT INTO "Lead" ("id", "clientId", "campaignId") VALUES ('talker', 'acme', 'spring')`;
  await seedMessages(db, `SELECT 'talker'`, messages);
  await db.$executeRaw`VACUUM ANALYZE`;
  return { leadId: "talker", channel: "sms" };
}

/** In turn: two messages of the lead, one of the AI that sends the draft of the second by a job, one of a setter. */
async function seedMessages(db: Db, leads: string, each: number): Promise<void> {
  await db.$executeRawUnsafe(`
    WITH said AS (
      SELECT gen_random_uuid()::text AS "id", gen_random_uuid()::text AS "draftId", l."id" AS "leadId", n,
        date_trunc('milliseconds', now()) - interval '60 days' + n * interval '3 minutes' AS "at"
      FROM (${leads}) AS l("id") CROSS JOIN generate_series(1, ${each}) n
    ), drafts AS (
      INSERT INTO "AIDraft" ("id", "leadId", "channel", "triggerMessageId")
      SELECT "draftId", "leadId", 'sms', "id" FROM said WHERE n % 4 = 2
    ), jobs AS (
      INSERT INTO "BackgroundJob" ("type", "clientId", "leadId", "messageId", "draftId", "runAt", "startedAt", "finishedAt")
      SELECT 'AI_AUTO_SEND_DELAYED', 'acme', "leadId", "id", "draftId", "at" + interval '2 minutes',
        "at" + interval '3 minutes', "at" + interval '3 minutes'
      FROM said WHERE n % 4 = 2
    )
    INSERT INTO "Message" ("id", "leadId", "channel", "direction", "sentBy", "sentByUserId", "aiDraftId", "sentAt", "createdAt")
    SELECT s."id", s."leadId", 'sms', CASE WHEN s.n % 4 IN (1, 2) THEN 'inbound' ELSE 'outbound' END,
      CASE s.n % 4 WHEN 3 THEN 'ai' WHEN 0 THEN 'setter' END, CASE s.n % 4 WHEN 0 THEN 'user-1' END,
      CASE s.n % 4 WHEN 3 THEN lag(s."draftId") OVER (PARTITION BY s."leadId" ORDER BY s.n) END, s."at", s."at"
    FROM said s`);
}

/** A message more in each of these threads, in turn of the lead and of a setter. */
export async function addMessages(db: Db, threads: readonly ThreadKey[]): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Message" ("leadId", "channel", "direction", "sentBy", "sentByUserId", "sentAt")
    SELECT t."leadId", 'sms', said."direction", CASE said."direction" WHEN 'outbound' THEN 'setter' END,
      CASE said."direction" WHEN 'outbound' THEN 'user-1' END, clock_timestamp()
    FROM unnest(${threads.map(({ leadId }) => leadId)}::text[]) AS t("leadId")
    CROSS JOIN LATERAL (
      SELECT CASE m."direction" WHEN 'inbound' THEN 'outbound' ELSE 'inbound' END AS "direction" FROM "Message" m
      WHERE m."leadId" = t."leadId" ORDER BY m."sentAt" DESC LIMIT 1
    ) AS said`;
}

export async function someThreads(db: Db, threads: number): Promise<ThreadKey[]> {
  const leads = await db.lead.findMany({ take: threads, select: { id: true } });
  return leads.map(({ id }) => ({ leadId: id, channel: "sms" }));
}
