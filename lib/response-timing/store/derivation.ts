import { Prisma } from "@/prisma/generated/client";

/** The columns of an event that are derived, in one order for all statements. */
export const EVENT_COLUMNS = [
  ...["clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount"],
  ...["setterResponseMessageId", "setterResponseSentAt", "setterSentByUserId", "setterResponseMs", "setterSameTurn"],
  ...["aiDraftId", "aiResponseMessageId", "aiResponseSentAt", "aiResponseMs", "aiDelayMinSeconds", "aiDelayMaxSeconds"],
  ...["aiChosenDelaySeconds", "aiActualDelaySeconds", "aiBackgroundJobId", "aiScheduledRunAt", "aiJobStartedAt"],
  ...["aiJobFinishedAt", "firstResponder", "anomaly"],
];

/** The derived columns of one relation of a statement, as a list: `d."clientId", d."leadId", …`. */
export function columnsOf(relation: string): Prisma.Sql {
  return Prisma.raw(EVENT_COLUMNS.map((name) => `${relation}."${name}"`).join(", "));
}

export interface DerivationOptions {
  /** A statement that selects `leadId` and `channel` of the threads, each once. */
  threads: Prisma.Sql;
  /** Where the lookback begins. */
  since: Date;
  /**
   * Whether an event that had its AI response before its lead had a campaign gets the campaign's bounds now. That is
   * for recomputations: it is no reason for one.
   */
  fillsBounds: boolean;
}

/**
 * The common table expressions, to follow WITH, that derive the events of whole threads and compare them with those
 * on record, within the lookback: `batch` (the threads), `anchors`, `changes` (events to insert, with a null `eventId`,
 * and to update) and `gone` (events on record whose message is no anchor of these threads; `elsewhere` where it lives
 * in a thread that is not among them).
 *
 * Threads are read once, and from there on only sorted: no step joins two derived sets, so that a thread of 20,000
 * messages takes milliseconds also where the planner expects ten. `version` tells a row from what it becomes later.
 */
export function deriveChanges({ threads, since, fillsBounds }: DerivationOptions): Prisma.Sql {
  return Prisma.sql`
    "batch" AS MATERIALIZED (${threads}),
    ${ORDERED_MESSAGES},
    ${SETTER_RESPONSES},
    ${AI_RESPONSES},
    "changes" AS MATERIALIZED (
      SELECT d.*, e."id" AS "eventId", e.xmin AS "version", e."leadId" AS "filedLeadId", e."channel" AS "filedChannel"
      FROM (${derivedEvents(since, fillsBounds)}) AS d
      LEFT JOIN "ResponseTimingEvent" e ON e."inboundMessageId" = d."inboundMessageId"
      WHERE e."id" IS NULL OR ROW(${columnsOf("d")}) IS DISTINCT FROM ROW(${columnsOf("e")})
    ),
    "gone" AS MATERIALIZED (
      SELECT e."id" AS "eventId", e.xmin AS "version", e."leadId", e."channel", e."inboundMessageId",
        m."id" IS NOT NULL AND (m."leadId", m."channel") NOT IN (TABLE "batch") AS "elsewhere"
      FROM "batch" b
      JOIN "ResponseTimingEvent" e ON e."leadId" = b."leadId" AND e."channel" = b."channel"
      LEFT JOIN "Message" m ON m."id" = e."inboundMessageId"
      WHERE e."inboundMessageId" NOT IN (SELECT "id" FROM "anchors")
        AND (e."inboundSentAt" >= ${since}::timestamptz OR m."sentAt" >= ${since}::timestamptz)
    )`;
}

/**
 * The messages that count, in their thread's order: `place` from 1, `replies` as the number of outbound ones up to here.
 * Inbound messages with the same `replies` are one streak; the last of them is an anchor if something follows it.
 */
const ORDERED_MESSAGES = Prisma.sql`
    "ordered" AS (
      SELECT m."leadId", m."channel", m."id", m."sentAt", m."sentBy", m."sentByUserId", m."aiDraftId",
        m."direction" = 'inbound' AS "inbound",
        m."sentAt" > m."createdAt" + interval '5 minutes' AS "skewed",
        row_number() OVER thread AS "place",
        count(*) FILTER (WHERE m."direction" = 'outbound') OVER thread AS "replies",
        m."direction" = 'inbound' AND lead(m."direction") OVER thread = 'outbound' AS "isAnchor"
      FROM "batch" b
      JOIN "Message" m ON m."leadId" = b."leadId" AND m."channel" = b."channel"
      WHERE response_timing_eligible(m."direction", m."kind", m."deliveryStatus", m."deletedAt")
      WINDOW thread AS (
        PARTITION BY m."leadId", m."channel" ORDER BY m."sentAt", m."createdAt", m."id" COLLATE "C" ROWS UNBOUNDED PRECEDING
      )
    )`;

/**
 * Beside each message the next one of a setter. Counted from the end, the messages up to one of a setter share a number
 * with it and it comes first among them: a running count, where a frame that looks ahead would read the rest of the
 * thread for every row.
 */
const SETTER_RESPONSES = Prisma.sql`
    "counted" AS (
      SELECT *,
        count(*) FILTER (WHERE NOT "inbound" AND "sentBy" = 'setter' AND "sentByUserId" IS NOT NULL) OVER (
          PARTITION BY "leadId", "channel" ORDER BY "place" DESC ROWS UNBOUNDED PRECEDING
        ) AS "settersAhead"
      FROM "ordered"
    ),
    "told" AS MATERIALIZED (
      SELECT "leadId", "channel", "id", "sentAt", "sentBy", "aiDraftId", "inbound", "skewed", "place", "replies", "isAnchor",
        CASE WHEN "settersAhead" > 0 THEN first_value("id") OVER setter END AS "setterId",
        CASE WHEN "settersAhead" > 0 THEN first_value("sentAt") OVER setter END AS "setterSentAt",
        CASE WHEN "settersAhead" > 0 THEN first_value("sentByUserId") OVER setter END AS "setterUserId",
        CASE WHEN "settersAhead" > 0 THEN first_value("skewed") OVER setter END AS "setterSkewed",
        CASE WHEN "settersAhead" > 0 THEN first_value("place") OVER setter END AS "setterPlace",
        CASE WHEN "settersAhead" > 0 THEN first_value("place" - "replies") OVER setter END AS "inboundsToSetter"
      FROM "counted"
      WINDOW setter AS (PARTITION BY "leadId", "channel", "settersAhead" ORDER BY "place" DESC)
    )`;

/**
 * Inbound messages and what the AI sent meet twice: first by the message that triggered the draft, which tells which
 * streak it answers; then by that streak, where what was sent after the streak ended comes first. A streak with the
 * number n is over with the outbound message n + 1.
 */
const AI_RESPONSES = Prisma.sql`
    "matched" AS (
      SELECT t.*, t."id" AS "triggerMessageId" FROM "told" t WHERE t."inbound"
      UNION ALL
      SELECT t.*, d."triggerMessageId" FROM "told" t JOIN "AIDraft" d ON d."id" = t."aiDraftId"
      WHERE NOT t."inbound" AND t."sentBy" = 'ai' AND d."triggerMessageId" IS NOT NULL
    ),
    "streaks" AS (
      SELECT *, max("replies") FILTER (WHERE "inbound") OVER (
        PARTITION BY "leadId", "channel", "triggerMessageId" COLLATE "C"
      ) AS "streak"
      FROM "matched"
    ),
    "anchors" AS MATERIALIZED (
      SELECT * FROM (
        SELECT *,
          count(*) FILTER (WHERE "inbound") OVER streak AS "streakCount",
          min("sentAt") FILTER (WHERE "inbound") OVER streak AS "streakStartedAt",
          first_value(CASE WHEN NOT "inbound" THEN "id" END) OVER answers AS "aiId",
          first_value(CASE WHEN NOT "inbound" THEN "sentAt" END) OVER answers AS "aiSentAt",
          first_value(CASE WHEN NOT "inbound" THEN "skewed" END) OVER answers AS "aiSkewed",
          first_value(CASE WHEN NOT "inbound" THEN "place" END) OVER answers AS "aiPlace",
          first_value(CASE WHEN NOT "inbound" THEN "aiDraftId" END) OVER answers AS "answeredDraftId",
          first_value(CASE WHEN NOT "inbound" THEN "triggerMessageId" END) OVER answers AS "answeredTriggerId"
        FROM "streaks"
        WHERE "inbound" OR "replies" > "streak"
        WINDOW streak AS (PARTITION BY "leadId", "channel", "streak"),
          answers AS (PARTITION BY "leadId", "channel", "streak" ORDER BY "inbound", "place")
      ) AS "answered"
      WHERE "isAnchor"
    )`;

/** The events of the anchors inside the lookback, under the names of their columns. Bounds once saved stay. */
function derivedEvents(since: Date, fillsBounds: boolean): Prisma.Sql {
  return Prisma.sql`
        SELECT l."clientId", a."leadId", a."channel", a."id" AS "inboundMessageId", a."sentAt" AS "inboundSentAt",
          a."streakStartedAt", a."streakCount"::int,
          a."setterId" AS "setterResponseMessageId", a."setterSentAt" AS "setterResponseSentAt",
          a."setterUserId" AS "setterSentByUserId", setter."ms" AS "setterResponseMs",
          a."inboundsToSetter" = a."place" - a."replies" AS "setterSameTurn",
          a."answeredDraftId" AS "aiDraftId", a."aiId" AS "aiResponseMessageId", a."aiSentAt" AS "aiResponseSentAt",
          ai."ms" AS "aiResponseMs", bounds."min" AS "aiDelayMinSeconds", bounds."max" AS "aiDelayMaxSeconds",
          response_timing_chosen_delay(a."answeredTriggerId", bounds."min", bounds."max") AS "aiChosenDelaySeconds",
          (ai."ms" / 1000)::int AS "aiActualDelaySeconds",
          job."id" AS "aiBackgroundJobId", job."runAt" AS "aiScheduledRunAt", job."startedAt" AS "aiJobStartedAt",
          job."finishedAt" AS "aiJobFinishedAt",
          CASE WHEN a."setterPlace" < a."aiPlace" OR a."aiPlace" IS NULL AND a."setterPlace" IS NOT NULL THEN 'setter'
            WHEN a."aiPlace" IS NOT NULL THEN 'ai' END AS "firstResponder",
          CASE WHEN a."setterId" IS NOT NULL AND (a."skewed" OR a."setterSkewed")
            OR a."aiId" IS NOT NULL AND (a."skewed" OR a."aiSkewed") THEN 'clock_skew' END AS "anomaly"
        FROM "anchors" a
        JOIN "Lead" l ON l."id" = a."leadId"
        LEFT JOIN "Campaign" c ON c."id" = l."campaignId"
        LEFT JOIN "ResponseTimingEvent" e ON e."inboundMessageId" = a."id"
        LEFT JOIN LATERAL (
          SELECT j."id", j."runAt", j."startedAt", j."finishedAt" FROM "BackgroundJob" j
          WHERE j."draftId" = a."answeredDraftId" AND j."messageId" = a."answeredTriggerId"
            AND j."type" = 'AI_AUTO_SEND_DELAYED'
          ORDER BY j."createdAt" DESC, j."id" COLLATE "C" DESC LIMIT 1
        ) AS job ON true
        CROSS JOIN LATERAL (SELECT ${durationMs("setterSentAt", "setterSkewed")} AS "ms") AS setter
        CROSS JOIN LATERAL (SELECT ${durationMs("aiSentAt", "aiSkewed")} AS "ms") AS ai
        CROSS JOIN LATERAL (
          SELECT a."aiId" IS NOT NULL AND (${fillsBounds} OR e."aiResponseMessageId" IS NULL) AS "fills"
        ) AS campaign
        CROSS JOIN LATERAL (
          SELECT
            COALESCE(e."aiDelayMinSeconds", CASE WHEN campaign."fills" THEN c."autoSendDelayMinSeconds" END) AS "min",
            COALESCE(e."aiDelayMaxSeconds", CASE WHEN campaign."fills" THEN c."autoSendDelayMaxSeconds" END) AS "max"
        ) AS bounds
        WHERE a."sentAt" >= ${since}::timestamptz OR e."inboundSentAt" >= ${since}::timestamptz`;
}

/** From the anchor to a response, exactly: both are whole milliseconds. Null where either's clock cannot be believed. */
function durationMs(sentAt: string, skewed: string): Prisma.Sql {
  return Prisma.raw(
    `CASE WHEN NOT (a."skewed" OR a."${skewed}") THEN (extract(epoch FROM a."${sentAt}" - a."sentAt") * 1000)::bigint END`,
  );
}
