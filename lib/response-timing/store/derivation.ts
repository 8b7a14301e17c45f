import { Prisma } from "@/prisma/generated/client";
import { anchorsOfThread } from "./anchors";
import { startOfTail } from "./tail";

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
  /** A statement that selects `leadId`, `channel` and `fromSentAt` (null for all of it) of the threads, each once. */
  threads: Prisma.Sql;
  /** Where the lookback begins. */
  since: Date;
  /**
   * Whether an event that had its AI response before its lead had a campaign gets the campaign's bounds now. That is
   * for recomputations: it is no reason for one.
   */
  fillsBounds: boolean;
}

/** Threads that a statement selects, each to be derived as a whole. */
export function wholeThreads(threads: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`SELECT "leadId", "channel", NULL::timestamptz AS "fromSentAt" FROM (${threads}) AS whole`;
}

/**
 * The common table expressions, to follow WITH, that derive the events of threads, or of their tails, and compare them
 * with those on record, within the lookback: `batch` (the threads), `anchors`, `changes` (events to insert, with a null
 * `eventId`, and to update) and `gone` (events on record whose message is no anchor of these threads; `elsewhere` where
 * it lives in a thread that is not among them). `version` tells a row from what it becomes later.
 *
 * Rows that belong to a thread or to an anchor are asked for with a LIMIT or an OFFSET: that makes it one look into an
 * index each, where the planner, for some hundred anchors, would rather read a whole table.
 */
export function deriveChanges({ threads, since, fillsBounds }: DerivationOptions): Prisma.Sql {
  return Prisma.sql`
    "batch" AS MATERIALIZED (
      SELECT t."leadId", t."channel", l."clientId", l."autoSendDelayMinSeconds", l."autoSendDelayMaxSeconds",
        tail."start"
      FROM (${threads}) AS t
      CROSS JOIN LATERAL (
        SELECT l."clientId", c."autoSendDelayMinSeconds", c."autoSendDelayMaxSeconds"
        FROM "Lead" l LEFT JOIN "Campaign" c ON c."id" = l."campaignId"
        WHERE l."id" = t."leadId" LIMIT 1
      ) AS l
      CROSS JOIN LATERAL (${startOfTail(since)}) AS tail
    ),
    "anchors" AS MATERIALIZED (
      SELECT b.*, a.* FROM "batch" b CROSS JOIN LATERAL (${anchorsOfThread()}) AS a
    ),
    "changes" AS MATERIALIZED (
      SELECT d.*, e."id" AS "eventId", e.xmin AS "version", e."leadId" AS "filedLeadId", e."channel" AS "filedChannel"
      FROM "anchors" a
      LEFT JOIN LATERAL (
        SELECT *, xmin FROM "ResponseTimingEvent" WHERE "inboundMessageId" = a."id" LIMIT 1
      ) AS e ON true
      LEFT JOIN LATERAL (${JOB_OF_ANSWER}) AS job ON true
      CROSS JOIN LATERAL (${savedBounds(fillsBounds)}) AS bounds
      CROSS JOIN LATERAL (${DERIVED_EVENT}) AS d
      -- The first streak of a tail may have begun before it.
      WHERE a."sentAt" > a."start" AND (a."sentAt" >= ${since}::timestamptz OR e."inboundSentAt" >= ${since}::timestamptz)
        AND (e."id" IS NULL OR ROW(${columnsOf("d")}) IS DISTINCT FROM ROW(${columnsOf("e")}))
    ),
    -- As a difference of sets: whether a NOT IN is hashed, or goes through all anchors for each event, is a guess.
    "gone" AS MATERIALIZED (
      SELECT e."id" AS "eventId", e.xmin AS "version", e."leadId", e."channel", e."inboundMessageId",
        m."id" IS NOT NULL AND (m."leadId", m."channel") NOT IN (SELECT "leadId", "channel" FROM "batch") AS "elsewhere"
      FROM (
        SELECT e."inboundMessageId" FROM "batch" b CROSS JOIN LATERAL (
          SELECT "inboundMessageId" FROM "ResponseTimingEvent"
          WHERE "leadId" = b."leadId" AND "channel" = b."channel" AND "inboundSentAt" >= b."start" OFFSET 0
        ) AS e
        EXCEPT SELECT "id" FROM "anchors"
      ) AS lost
      CROSS JOIN LATERAL (
        SELECT *, xmin FROM "ResponseTimingEvent" WHERE "inboundMessageId" = lost."inboundMessageId" LIMIT 1
      ) AS e
      JOIN "batch" b ON b."leadId" = e."leadId" AND b."channel" = e."channel"
      LEFT JOIN "Message" m ON m."id" = e."inboundMessageId"
      WHERE (e."inboundSentAt" >= ${since}::timestamptz OR m."sentAt" >= ${since}::timestamptz)
        AND NOT COALESCE((m."leadId", m."channel") = (b."leadId", b."channel") AND m."sentAt" < b."start", false)
    )`;
}

/** The newest job that was to send the draft of the anchor `a`'s answer. */
const JOB_OF_ANSWER = Prisma.sql`
        SELECT j."id", j."runAt", j."startedAt", j."finishedAt" FROM "BackgroundJob" j
        WHERE j."draftId" = a."answeredDraftId" AND j."messageId" = a."answeredTriggerId"
          AND j."type" = 'AI_AUTO_SEND_DELAYED'
        ORDER BY j."createdAt" DESC, j."id" COLLATE "C" DESC LIMIT 1`;

/** The bounds that were saved with the event `e` stay; else an AI response takes those of the campaign. */
function savedBounds(fillsBounds: boolean): Prisma.Sql {
  const fills = Prisma.sql`a."aiId" IS NOT NULL AND (${fillsBounds} OR e."aiResponseMessageId" IS NULL)`;
  return Prisma.sql`
        SELECT
          COALESCE(e."aiDelayMinSeconds", CASE WHEN ${fills} THEN a."autoSendDelayMinSeconds" END) AS "min",
          COALESCE(e."aiDelayMaxSeconds", CASE WHEN ${fills} THEN a."autoSendDelayMaxSeconds" END) AS "max"`;
}

/** What the anchor `a` makes of an event, under the names of its columns. */
const DERIVED_EVENT = Prisma.sql`
        SELECT a."clientId", a."leadId", a."channel", a."id" AS "inboundMessageId", a."sentAt" AS "inboundSentAt",
          a."streakStartedAt", a."streakCount"::int,
          a."nextSetterId" AS "setterResponseMessageId", a."setterSentAt" AS "setterResponseSentAt",
          a."setterUserId" AS "setterSentByUserId", ${durationMs("setterSentAt", "setterSkewed")} AS "setterResponseMs",
          a."inboundsFromSetter" + 1 = a."place" - a."replies" AS "setterSameTurn",
          a."answeredDraftId" AS "aiDraftId", a."aiId" AS "aiResponseMessageId", a."aiSentAt" AS "aiResponseSentAt",
          ${durationMs("aiSentAt", "aiSkewed")} AS "aiResponseMs",
          bounds."min" AS "aiDelayMinSeconds", bounds."max" AS "aiDelayMaxSeconds",
          response_timing_chosen_delay(a."answeredTriggerId", bounds."min", bounds."max") AS "aiChosenDelaySeconds",
          (${durationMs("aiSentAt", "aiSkewed")} / 1000)::int AS "aiActualDelaySeconds",
          job."id" AS "aiBackgroundJobId", job."runAt" AS "aiScheduledRunAt", job."startedAt" AS "aiJobStartedAt",
          job."finishedAt" AS "aiJobFinishedAt",
          CASE WHEN a."setterPlace" > a."aiPlace" OR a."aiPlace" IS NULL AND a."setterPlace" IS NOT NULL THEN 'setter'
            WHEN a."aiPlace" IS NOT NULL THEN 'ai' END AS "firstResponder",
          CASE WHEN a."nextSetterId" IS NOT NULL AND (a."skewed" OR a."setterSkewed")
            OR a."aiId" IS NOT NULL AND (a."skewed" OR a."aiSkewed") THEN 'clock_skew' END AS "anomaly"`;

/**
 * From the anchor to a response. Both are whole milliseconds, and so is the difference: rounding takes away what binary
 * fractions of a second add. Null where either's clock cannot be believed.
 */
function durationMs(sentAt: string, skewed: string): Prisma.Sql {
  return Prisma.raw(
    `CASE WHEN NOT (a."skewed" OR a."${skewed}") THEN (date_part('epoch', a."${sentAt}" - a."sentAt") * 1000)::bigint END`,
  );
}
