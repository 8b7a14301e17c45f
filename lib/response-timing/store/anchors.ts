import { Prisma } from "@/prisma/generated/client";

/**
 * A statement that selects the anchors of the thread `b` of the statement around it (`b."leadId"`, `b."channel"`),
 * from `b."start"` on, each with its streak and its answers. The thread is read once, in the order of its index, and
 * from there on only sorted: no step joins two derived sets, so that 20,000 messages take milliseconds also where the
 * planner expects ten.
 *
 * Everything is counted from the thread's end, so that whatever an anchor depends on has been passed when it comes.
 */
export function anchorsOfThread(): Prisma.Sql {
  return Prisma.sql`
      WITH ${ORDERED_MESSAGES},
      ${AI_RESPONSES},
      ${SETTER_RESPONSES}
      SELECT * FROM "told"`;
}

/**
 * The messages that count: `place` from 1 for the last of them, `replies` and `settersAhead` as the numbers of outbound
 * ones, and of setters' ones, from here on. Inbound messages with the same `replies` are one streak; the last of them is
 * an anchor if something follows it.
 */
const ORDERED_MESSAGES = Prisma.sql`
      "ordered" AS MATERIALIZED (
        SELECT m."id", m."sentAt", m."sentByUserId", m."aiDraftId",
          m."direction" = 'inbound' AS "inbound",
          m."direction" = 'outbound' AND m."sentBy" = 'ai' AS "byAi",
          ${bySetter()} AS "bySetter",
          m."sentAt" > m."createdAt" + interval '5 minutes' AS "skewed",
          row_number() OVER back AS "place",
          count(*) FILTER (WHERE m."direction" = 'outbound') OVER back AS "replies",
          count(*) FILTER (WHERE ${bySetter()}) OVER back AS "settersAhead",
          m."direction" = 'inbound' AND lag(m."direction") OVER back = 'outbound' AS "isAnchor"
        FROM "Message" m
        WHERE m."leadId" = b."leadId" AND m."channel" = b."channel"
          AND m."sentAt" >= b."start"
          AND response_timing_eligible(m."direction", m."kind", m."deliveryStatus", m."deletedAt")
        WINDOW back AS (
          ORDER BY m."sentAt" DESC, m."createdAt" DESC, m."id" COLLATE "C" DESC ROWS UNBOUNDED PRECEDING
        )
      )`;

function bySetter(): Prisma.Sql {
  return Prisma.sql`(m."direction" = 'outbound' AND m."sentBy" = 'setter' AND m."sentByUserId" IS NOT NULL)`;
}

/**
 * Inbound messages and what the AI sent meet twice: first by the message that triggered the draft, which tells which
 * streak it answers; then by that streak, where what was sent after the streak ended comes first.
 */
const AI_RESPONSES = Prisma.sql`
      "matched" AS (
        SELECT "id" AS "triggerMessageId", "id", "sentAt", "skewed", "place", "replies", "settersAhead", "inbound",
          "isAnchor", NULL AS "aiDraftId"
        FROM "ordered" WHERE "inbound"
        UNION ALL
        SELECT (SELECT d."triggerMessageId" FROM "AIDraft" d WHERE d."id" = o."aiDraftId"), "id", "sentAt", "skewed",
          "place", "replies", "settersAhead", "inbound", "isAnchor", "aiDraftId"
        FROM "ordered" o WHERE "byAi" AND "aiDraftId" IS NOT NULL
      ),
      "streaks" AS (
        SELECT *, max("replies") FILTER (WHERE "inbound") OVER (PARTITION BY "triggerMessageId" COLLATE "C") AS "streak"
        FROM "matched"
      ),
      "answered" AS (
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
        WHERE "inbound" OR "replies" <= "streak"
        WINDOW streak AS (PARTITION BY "streak"),
          answers AS (PARTITION BY "streak" ORDER BY "inbound", "place" DESC)
      )`;

/**
 * Beside each anchor the next message of a setter: it is the first, counted from the end, of those with as many setters'
 * ahead. A running count, where a frame that looks ahead would read the rest of the thread for every row.
 */
const SETTER_RESPONSES = Prisma.sql`
      "met" AS (
        SELECT "id", "sentAt", "skewed", "place", "replies", "settersAhead", "isAnchor", "streakCount", "streakStartedAt",
          "aiId", "aiSentAt", "aiSkewed", "aiPlace", "answeredDraftId", "answeredTriggerId", NULL AS "setterId",
          NULL AS "sentByUserId"
        FROM "answered" WHERE "isAnchor"
        UNION ALL
        SELECT "id", "sentAt", "skewed", "place", "replies", "settersAhead", "isAnchor", NULL, NULL,
          NULL, NULL, NULL, NULL, NULL, NULL, "id",
          "sentByUserId"
        FROM "ordered" WHERE "bySetter"
      ),
      "told" AS (
        SELECT * FROM (
          SELECT *,
            first_value("setterId") OVER setter AS "nextSetterId",
            first_value("sentByUserId") OVER setter AS "setterUserId",
            first_value(CASE WHEN NOT "isAnchor" THEN "sentAt" END) OVER setter AS "setterSentAt",
            first_value(CASE WHEN NOT "isAnchor" THEN "skewed" END) OVER setter AS "setterSkewed",
            first_value(CASE WHEN NOT "isAnchor" THEN "place" END) OVER setter AS "setterPlace",
            first_value(CASE WHEN NOT "isAnchor" THEN "place" - "replies" END) OVER setter AS "inboundsFromSetter"
          FROM "met"
          WINDOW setter AS (PARTITION BY "settersAhead" ORDER BY "place")
        ) AS "all"
        WHERE "isAnchor"
      )`;
