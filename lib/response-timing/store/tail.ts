import { Prisma } from "@/prisma/generated/client";

/**
 * A statement that selects the `start` of what has to be derived again of the thread `t` of the statement around it
 * (`t."leadId"`, `t."channel"`), of which nothing changed before `t."fromSentAt"`: the time of an outbound message
 * before which no event is other than it was. Minus infinity is for the whole thread, also where `fromSentAt` is null.
 *
 * An event depends on its streak, on the outbound message before it, and on what follows. So nothing is other that is
 * over, answers and all, before the change: what is left are the events that lie after it, those whose answers do or
 * may do, and the streak that the change meets. The message before that streak is outbound; one more is taken, so that
 * everything later than `start` has a whole streak where two messages share a time.
 *
 * What is on record may be behind the messages, but then the change that it waits for is noted with its own time.
 */
export function startOfTail(since: Date): Prisma.Sql {
  const reach = Prisma.sql`LEAST(t."fromSentAt", ${earliestOpenEvent(since)}, ${EARLIEST_TRIGGER})`;
  return Prisma.sql`
      SELECT COALESCE(
        CASE WHEN t."fromSentAt" > '-infinity' THEN ${lastOutboundBefore(lastOutboundBefore(reach))} END, '-infinity'
      ) AS "start"`;
}

function lastOutboundBefore(time: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(
        SELECT m."sentAt" FROM "Message" m
        WHERE m."leadId" = t."leadId" AND m."channel" = t."channel" AND m."direction" = 'outbound'
          AND response_timing_eligible(m."direction", m."kind", m."deliveryStatus", m."deletedAt")
          AND m."sentAt" < ${time}
        ORDER BY m."sentAt" DESC LIMIT 1)`;
}

/**
 * Of the events that name an answer from the change on, that had none of a setter while there is one now, or whose
 * bounds can be filled in, the earliest.
 */
function earliestOpenEvent(since: Date): Prisma.Sql {
  return Prisma.sql`(
        SELECT min(e."inboundSentAt") FROM "ResponseTimingEvent" e
        WHERE e."leadId" = t."leadId" AND e."channel" = t."channel" AND e."inboundSentAt" >= ${since}::timestamptz AND (
          e."setterResponseSentAt" >= t."fromSentAt" OR e."aiResponseSentAt" >= t."fromSentAt"
          OR e."setterResponseMessageId" IS NULL AND EXISTS (
            SELECT FROM "Message" m
            WHERE m."leadId" = t."leadId" AND m."channel" = t."channel" AND m."sentAt" >= t."fromSentAt"
              AND m."sentBy" = 'setter'
          )
          OR e."aiResponseMessageId" IS NOT NULL AND e."aiDelayMinSeconds" IS NULL
            AND l."autoSendDelayMinSeconds" IS NOT NULL
        ))`;
}

/**
 * Of the messages that triggered what the AI sent from the change on, the earliest. What is asked of a trigger besides
 * its id is no condition: as one, it would let the planner go through the thread for each message to find the one.
 */
const EARLIEST_TRIGGER = Prisma.sql`(
        SELECT min((
          SELECT CASE WHEN x."leadId" = t."leadId" AND x."channel" = t."channel" THEN x."sentAt" END FROM "Message" x
          WHERE x."id" = (SELECT d."triggerMessageId" FROM "AIDraft" d WHERE d."id" = m."aiDraftId")
        ))
        FROM "Message" m
        WHERE m."leadId" = t."leadId" AND m."channel" = t."channel" AND m."sentAt" >= t."fromSentAt"
          AND m."sentBy" = 'ai')`;
