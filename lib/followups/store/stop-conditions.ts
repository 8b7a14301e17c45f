import { PEOPLE_OWNED_STATUSES } from "@/lib/core/lead-status";
import { Prisma } from "@/prisma/generated/client";

/**
 * What keeps an instance from going on, as conditions for any statement that calls the instance `i`, its sequence `s`,
 * its lead `l` and its workspace `c`. Claim, re-check, backstop and resumes mean the same because they say it with these.
 * None of them is ever null.
 */

/**
 * When the booked meeting ends; null where that is not known. A roll-up that names a meeting which was cancelled says
 * nothing of the one that the status speaks of.
 */
export const MEETING_END = Prisma.sql`
  CASE WHEN l."appointmentStatus" IN ('canceled', 'rescheduled') THEN NULL
       ELSE COALESCE(l."appointmentEndAt", l."appointmentStartAt") END`;

/** The lead has the meeting that the sequence was to bring about. A sequence started after its end follows it up. */
export const IS_BOOKED = Prisma.sql`
  (l."status" = 'meeting-booked' AND s."triggerOn" IS DISTINCT FROM 'meeting_selected'
   AND COALESCE(i."startedAt" < (${MEETING_END}), true))`;

/** Follow-ups are switched off for the lead, or people own its status. */
export const IS_OPTED_OUT = Prisma.sql`
  (NOT l."autoFollowUpEnabled" OR l."status" = ANY (${PEOPLE_OWNED_STATUSES}::text[]))`;

/** The lead is to be left alone for a while. */
export function isSnoozed(now: Date): Prisma.Sql {
  return Prisma.sql`(l."snoozedUntil" IS NOT NULL AND l."snoozedUntil" > ${now}::timestamptz)`;
}

/** Nothing is sent for the workspace for a while. */
export function isWorkspacePaused(now: Date): Prisma.Sql {
  return Prisma.sql`(c."followUpsPausedUntil" IS NOT NULL AND c."followUpsPausedUntil" > ${now}::timestamptz)`;
}

/** A message `m` of the lead that is a reply: neither deleted nor a reaction nor sent by a machine. */
export const IS_REPLY = Prisma.sql`
  (m."direction" = 'inbound' AND m."deletedAt" IS NULL
   AND m."kind" IS DISTINCT FROM 'reaction' AND m."kind" IS DISTINCT FROM 'auto_reply')`;

const LAST_STEP = Prisma.sql`COALESCE(i."lastStepAt", i."startedAt")`;

/** From when on a reply stops the instance: since its last step, and since a pause last ended. */
export const REPLIES_COUNT_FROM = Prisma.sql`GREATEST(${LAST_STEP}, i."resumedAt")`;

/** The lead has replied, on any channel, and the instance was not resumed since. */
export const HAS_REPLIED = hasRepliedSince(REPLIES_COUNT_FROM);

/** The lead has replied since the last step, whatever was resumed since: what the condition `no_response` asks for. */
export const HAS_REPLIED_SINCE_LAST_STEP = hasRepliedSince(LAST_STEP);

function hasRepliedSince(from: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    EXISTS (SELECT 1 FROM "Message" m WHERE m."leadId" = i."leadId" AND m."sentAt" > ${from} AND ${IS_REPLY})`;
}

/** An instance that is paused may go on as far as its sequence, its workspace and its lead are concerned. */
export function mayGoOn(now: Date): Prisma.Sql {
  return Prisma.sql`
    (s."isActive" AND NOT ${isWorkspacePaused(now)} AND NOT ${IS_OPTED_OUT} AND NOT ${isSnoozed(now)}
     AND NOT ${IS_BOOKED})`;
}

/** Only one workspace's instances, or all. */
export function inWorkspace(clientId: string | undefined): Prisma.Sql {
  return clientId === undefined ? Prisma.sql`true` : Prisma.sql`s."clientId" = ${clientId}`;
}

/** The instances with all that these conditions speak of. */
export const INSTANCES = Prisma.sql`
  "FollowUpInstance" i
  JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
  JOIN "Client" c ON c."id" = s."clientId"
  JOIN "Lead" l ON l."id" = i."leadId"`;
