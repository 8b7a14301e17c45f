import type { Db } from "@/lib/db/client";
import { timeMs } from "./measure";

/**
 * All events of all threads, derived and written by one statement, as somebody would write it in psql for a database
 * where nobody else is at work: no batches, no books, no locks, nothing on record to compare with. The table it writes
 * into has the columns, defaults, indexes and foreign keys of the events'. Returns how long it took.
 */
export async function timePassMs(db: Db): Promise<number> {
  await db.$executeRaw`DROP TABLE IF EXISTS "TimingPass"`;
  await db.$executeRaw`CREATE TABLE "TimingPass" (LIKE "ResponseTimingEvent" INCLUDING ALL)`;
  await db.$executeRaw`
    ALTER TABLE "TimingPass" ADD FOREIGN KEY ("clientId") REFERENCES "Client" ("id") ON DELETE CASCADE,
      ADD FOREIGN KEY ("leadId") REFERENCES "Lead" ("id") ON DELETE CASCADE`;
  return timeMs(() =>
    db.$transaction(
      async (tx) => {
        for (const setting of SETTINGS) await tx.$executeRawUnsafe(`SET LOCAL ${setting}`);
        await tx.$executeRawUnsafe(PASS);
      },
      { timeout: 3_600_000 },
    ),
  );
}

/** How many rows the pass and the events on record do not share. */
export async function countDifferences(db: Db): Promise<number> {
  const listed = COLUMNS.map((name) => `"${name}"`).join(", ");
  const [passed, saved] = [`SELECT ${listed} FROM "TimingPass"`, `SELECT ${listed} FROM "ResponseTimingEvent"`];
  const [row] = await db.$queryRawUnsafe<{ rows: number }[]>(`
    SELECT count(*)::int AS "rows" FROM (
      (${passed} EXCEPT ${saved}) UNION ALL (${saved} EXCEPT ${passed})
    ) AS different`);
  await db.$executeRaw`DROP TABLE "TimingPass"`;
  return row?.rows ?? 0;
}

const COLUMNS = [
  ...["clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount"],
  ...["setterResponseMessageId", "setterResponseSentAt", "setterSentByUserId", "setterResponseMs", "setterSameTurn"],
  ...["aiDraftId", "aiResponseMessageId", "aiResponseSentAt", "aiResponseMs", "aiDelayMinSeconds", "aiDelayMaxSeconds"],
  ...["aiChosenDelaySeconds", "aiActualDelaySeconds", "aiBackgroundJobId", "aiScheduledRunAt", "aiJobStartedAt"],
  ...["aiJobFinishedAt", "firstResponder", "anomaly"],
];

/** Whoever reads everything wants it hashed and sorted in memory; left to itself the planner takes hours here. */
const SETTINGS = ["enable_nestloop = off", "work_mem = '256MB'"];

const PASS = `
  INSERT INTO "TimingPass" (${COLUMNS.map((name) => `"${name}"`).join(", ")})
  WITH ordered AS (
    SELECT m.*, "sentAt" > "createdAt" + interval '5 minutes' AS skewed,
      row_number() OVER thread AS place,
      count(*) FILTER (WHERE "direction" = 'outbound') OVER thread AS replies,
      lead("direction") OVER thread AS next
    FROM "Message" m
    WHERE response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
    WINDOW thread AS (
      PARTITION BY "leadId", "channel" ORDER BY "sentAt", "createdAt", "id" COLLATE "C" ROWS UNBOUNDED PRECEDING
    )
  ), streaks AS (
    SELECT "leadId", "channel", replies, count(*) AS size, min("sentAt") AS started, max(place) AS ended
    FROM ordered WHERE "direction" = 'inbound' GROUP BY "leadId", "channel", replies
  ), anchors AS (
    SELECT o.*, s.size, s.started FROM ordered o
    JOIN streaks s ON s."leadId" = o."leadId" AND s."channel" = o."channel" AND s.ended = o.place
    WHERE o.next = 'outbound'
  ), setters AS (
    SELECT DISTINCT ON (a."id") a."id" AS anchor, r.*
    FROM anchors a JOIN ordered r ON r."leadId" = a."leadId" AND r."channel" = a."channel" AND r.place > a.place
    WHERE r."direction" = 'outbound' AND r."sentBy" = 'setter' AND r."sentByUserId" IS NOT NULL
    ORDER BY a."id", r.place
  ), answers AS (
    SELECT DISTINCT ON (a."id") a."id" AS anchor, r.*, d."triggerMessageId"
    FROM anchors a
    JOIN ordered t ON t."leadId" = a."leadId" AND t."channel" = a."channel" AND t.replies = a.replies
      AND t."direction" = 'inbound'
    JOIN "AIDraft" d ON d."triggerMessageId" = t."id"
    JOIN ordered r ON r."aiDraftId" = d."id" AND r."leadId" = a."leadId" AND r."channel" = a."channel"
      AND r.place > a.place
    WHERE r."direction" = 'outbound' AND r."sentBy" = 'ai'
    ORDER BY a."id", r.place
  ), jobs AS (
    SELECT DISTINCT ON ("draftId", "messageId") * FROM "BackgroundJob"
    WHERE "type" = 'AI_AUTO_SEND_DELAYED' AND "draftId" IS NOT NULL
    ORDER BY "draftId", "messageId", "createdAt" DESC, "id" COLLATE "C" DESC
  ), durations AS (
    SELECT a."id" AS anchor,
      CASE WHEN NOT a.skewed AND NOT s.skewed THEN (extract(epoch FROM s."sentAt" - a."sentAt") * 1000)::bigint END AS setter,
      CASE WHEN NOT a.skewed AND NOT r.skewed THEN (extract(epoch FROM r."sentAt" - a."sentAt") * 1000)::bigint END AS ai
    FROM anchors a LEFT JOIN setters s ON s.anchor = a."id" LEFT JOIN answers r ON r.anchor = a."id"
  )
  SELECT l."clientId", a."leadId", a."channel", a."id", a."sentAt", a.started, a.size,
    s."id", s."sentAt", s."sentByUserId", t.setter, s.place - s.replies = a.place - a.replies,
    r."aiDraftId", r."id", r."sentAt", t.ai,
    CASE WHEN r."id" IS NOT NULL THEN c."autoSendDelayMinSeconds" END,
    CASE WHEN r."id" IS NOT NULL THEN c."autoSendDelayMaxSeconds" END,
    response_timing_chosen_delay(r."triggerMessageId", c."autoSendDelayMinSeconds", c."autoSendDelayMaxSeconds"),
    (t.ai / 1000)::int, j."id", j."runAt", j."startedAt", j."finishedAt",
    CASE WHEN s.place < r.place OR r.place IS NULL AND s.place IS NOT NULL THEN 'setter' WHEN r.place IS NOT NULL THEN 'ai' END,
    CASE WHEN a.skewed AND (s."id" IS NOT NULL OR r."id" IS NOT NULL) OR s.skewed OR r.skewed THEN 'clock_skew' END
  FROM anchors a
  JOIN durations t ON t.anchor = a."id"
  JOIN "Lead" l ON l."id" = a."leadId"
  LEFT JOIN "Campaign" c ON c."id" = l."campaignId"
  LEFT JOIN setters s ON s.anchor = a."id"
  LEFT JOIN answers r ON r.anchor = a."id"
  LEFT JOIN jobs j ON j."draftId" = r."aiDraftId" AND j."messageId" = r."triggerMessageId"`;
