import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeTimeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

export const TIMELINE_KINDS = ["message", "meeting", "follow-up", "task", "timing", "note", "backfill"] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Something that happened to a lead: what kind, what, and by which row. No text of a message or of a person. */
export interface TimelineEntry {
  kind: TimelineKind;
  at: Date;
  /** Unique in the timeline: a row can stand for several happenings. */
  id: string;
  what: string;
  detail: string;
  /** The time that it is about, where that is another one: when a meeting starts. */
  about: Date | null;
}

/**
 * A page of what happened to a lead, newest first. Every kind is read by the lead's own index and cut to a page before
 * they are put in one order.
 */
export async function listTimeline(
  db: Db,
  leadId: string,
  { after }: { after?: string | undefined },
): Promise<Page<TimelineEntry>> {
  const key = decodeTimeKey(after);
  const until = key === null ? Prisma.sql`true` : Prisma.sql`(t."at", t."id") < (${key.at}::timestamptz, ${key.id})`;
  const branches = sourcesOf(leadId).map(
    (source) => Prisma.sql`
      (SELECT * FROM (${source}) AS t("kind", "at", "id", "what", "detail", "about")
       WHERE t."at" IS NOT NULL AND ${until} ORDER BY t."at" DESC, t."id" DESC LIMIT ${PAGE_SIZE + 1}::int)`,
  );
  const rows = await db.$queryRaw<TimelineEntry[]>`
    SELECT "kind", "at", "id", "what", "detail", "about" FROM (${Prisma.join(branches, " UNION ALL ")}) AS everything
    ORDER BY "at" DESC, "id" DESC LIMIT ${PAGE_SIZE + 1}::int`;
  const entries = rows.map((row) => ({ ...row, what: scrub(row.what), detail: scrub(row.detail) }));
  return toPage(entries, (row) => [row.at.toISOString(), row.id]);
}

/** Who adds notes whose words are this system's own. What people write stays with them. */
const OWN_NOTES = ["background-sync"];

function sourcesOf(leadId: string): Prisma.Sql[] {
  return [
    Prisma.sql`
      SELECT 'message', "sentAt", 'm' || "id", "direction" || ' ' || "channel",
        concat_ws(', ', CASE WHEN "sentBy" IS NOT NULL THEN 'by ' || "sentBy" END, "kind", "deliveryStatus",
          CASE WHEN "deletedAt" IS NOT NULL THEN 'deleted' END), NULL::timestamptz
      FROM "Message" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'meeting', "bookedAt", 'b' || "id", 'meeting booked',
        concat_ws(', ', "provider", 'told by ' || "source"), "startAt"
      FROM "Appointment" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'meeting', CASE WHEN "status" = 'confirmed' THEN NULL ELSE COALESCE("canceledAt", "statusChangedAt") END,
        's' || "id", 'meeting ' || replace("status", '_', ' '), concat_ws(', ', "provider", 'told by ' || "source"),
        "startAt"
      FROM "Appointment" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'follow-up', i."startedAt", 'i' || i."id", 'sequence started', s."name", NULL::timestamptz
      FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId" WHERE i."leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'follow-up', i."lastStepAt", 'l' || i."id", 'step ' || i."currentStep" || ' done', s."name", NULL::timestamptz
      FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId" WHERE i."leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'follow-up', i."completedAt", 'c' || i."id",
        'sequence completed' || COALESCE(': ' || replace(i."completedReason", '_', ' '), ''), s."name", NULL::timestamptz
      FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId" WHERE i."leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'task', "createdAt", 't' || "id", 'task: ' || replace("type", '-', ' '), "status", NULL::timestamptz
      FROM "FollowUpTask" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'timing', "inboundSentAt", 'r' || "id", 'answer to ' || "channel",
        concat_ws(', ', 'AI after ' || round("aiResponseMs" / 1000.0) || ' s',
          'people after ' || round("setterResponseMs" / 1000.0) || ' s', replace("anomaly", '_', ' ')), NULL::timestamptz
      FROM "ResponseTimingEvent" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'note', "addedAt", 'n' || "id", 'note',
        CASE WHEN "addedBy" = ANY (${OWN_NOTES}::text[]) THEN "content" ELSE 'by a person' END, NULL::timestamptz
      FROM "LeadNote" WHERE "leadId" = ${leadId}`,
    Prisma.sql`
      SELECT 'backfill', "at", 'f' || "runId", 'backfill: ' || "outcome", COALESCE("reason", ''), NULL::timestamptz
      FROM "BackfillLead" WHERE "leadId" = ${leadId}`,
  ];
}
