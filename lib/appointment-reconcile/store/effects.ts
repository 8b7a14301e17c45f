import { PEOPLE_OWNED_STATUSES } from "@/lib/core/lead-status";
import type { Tx } from "@/lib/db/client";

/** What a transition does to a lead and its sequences. All of it happens in the transition's own transaction. */

/**
 * What a booking does to a lead, in one statement:
 * - the lead has a meeting, unless people own its status;
 * - every open sequence that was meant to bring about the meeting is completed (one that was started after the meeting's
 *   end follows it up and goes on);
 * - the workspace's active post-booking sequences start, each due its first step's offset from now. One that was
 *   cancelled or completed starts again from the beginning; one that is open stays as it is. Nothing starts while the
 *   workspace is paused, the lead's follow-ups are off, or people own its status.
 *
 * No part sees what another wrote, and none needs to: they are about different rows.
 */
export async function applyBooking(tx: Tx, leadId: string, meetingEndsAt: Date | null, now: Date): Promise<void> {
  await tx.$executeRaw`
    WITH marked AS (
      UPDATE "Lead" SET "status" = 'meeting-booked', "updatedAt" = ${now}
      WHERE "id" = ${leadId} AND "status" <> 'meeting-booked' AND "status" <> ALL (${PEOPLE_OWNED_STATUSES}::text[])
    ), completed AS (
      UPDATE "FollowUpInstance" i
      SET "status" = 'completed', "completedReason" = 'meeting_booked', "completedAt" = ${now}, "nextStepDue" = NULL,
          "pausedReason" = NULL, "updatedAt" = ${now}
      FROM "FollowUpSequence" s
      WHERE s."id" = i."sequenceId" AND s."triggerOn" IS DISTINCT FROM 'meeting_selected'
        AND i."leadId" = ${leadId} AND i."status" IN ('active', 'paused')
        AND (${meetingEndsAt}::timestamptz IS NULL OR i."startedAt" < ${meetingEndsAt}::timestamptz)
    )
    INSERT INTO "FollowUpInstance" AS i ("leadId", "sequenceId", "startedAt", "nextStepDue")
    SELECT l."id", s."id", ${now},
      ${now}::timestamptz + (first."dayOffset" * 1440 + first."minuteOffset") * interval '1 minute'
    FROM "Lead" l
    JOIN "Client" c ON c."id" = l."clientId"
    JOIN "FollowUpSequence" s ON s."clientId" = c."id" AND s."isActive" AND s."triggerOn" = 'meeting_selected'
    LEFT JOIN LATERAL (
      SELECT "dayOffset", "minuteOffset" FROM "FollowUpStep" WHERE "sequenceId" = s."id" ORDER BY "stepOrder" LIMIT 1
    ) AS first ON true
    WHERE l."id" = ${leadId} AND l."autoFollowUpEnabled" AND l."status" <> ALL (${PEOPLE_OWNED_STATUSES}::text[])
      AND (c."followUpsPausedUntil" IS NULL OR c."followUpsPausedUntil" <= ${now})
    ON CONFLICT ("leadId", "sequenceId") DO UPDATE
      SET "status" = 'active', "currentStep" = 0, "startedAt" = excluded."startedAt",
          "nextStepDue" = excluded."nextStepDue", "lastStepAt" = NULL, "pausedReason" = NULL, "completedAt" = NULL,
          "completedReason" = NULL, "updatedAt" = excluded."startedAt"
      WHERE i."status" IN ('cancelled', 'completed')`;
}

/** Takes a booking back from a lead that has no meeting left: its status, and its open post-booking sequences. */
export async function revokeBooking(tx: Tx, leadId: string, now: Date): Promise<void> {
  await tx.$executeRaw`
    WITH unmarked AS (
      UPDATE "Lead" SET "status" = 'qualified', "updatedAt" = ${now}
      WHERE "id" = ${leadId} AND "status" = 'meeting-booked'
    )
    UPDATE "FollowUpInstance" i
    SET "status" = 'cancelled', "nextStepDue" = NULL, "pausedReason" = NULL, "updatedAt" = ${now}
    FROM "FollowUpSequence" s
    WHERE s."id" = i."sequenceId" AND s."triggerOn" = 'meeting_selected'
      AND i."leadId" = ${leadId} AND i."status" IN ('active', 'paused')`;
}

export interface MeetingTask {
  /** Names the transition: the same key never makes a second task. */
  effectKey: string;
  leadId: string;
  type: "meeting-canceled" | "meeting-rescheduled";
  dueDate: Date;
  subject: string;
  suggestedMessage: string;
}

/** Leaves a task for a person. Returns 1, or 0 where this transition has its task already. */
export async function createMeetingTask(tx: Tx, task: MeetingTask): Promise<number> {
  const { count } = await tx.followUpTask.createMany({ data: [task], skipDuplicates: true });
  return count;
}
