-- AlterTable
ALTER TABLE "Client" ADD COLUMN     "followUpsServedAt" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "FollowUpInstance" ADD COLUMN     "claimExpiresAt" TIMESTAMPTZ(3),
ADD COLUMN     "claimToken" TEXT,
ADD COLUMN     "resumedAt" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "FollowUpSend" (
    "instanceId" TEXT NOT NULL,
    "round" TIMESTAMPTZ(3) NOT NULL,
    "stepOrder" INTEGER NOT NULL,
    "leadId" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "localDay" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 1,
    "claimToken" TEXT NOT NULL,
    "markedAt" TIMESTAMPTZ(3) NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,
    "externalId" TEXT,
    "reason" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "FollowUpSend_pkey" PRIMARY KEY ("instanceId","round","stepOrder")
);

-- CreateIndex
CREATE INDEX "FollowUpSend_leadId_markedAt_idx" ON "FollowUpSend"("leadId", "markedAt");

-- AddForeignKey
ALTER TABLE "FollowUpSend" ADD CONSTRAINT "FollowUpSend_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- `sending` is what a crash leaves behind; it becomes `unknown`, and neither is ever sent again.
ALTER TABLE "FollowUpSend" ADD CONSTRAINT "FollowUpSend_status_check"
  CHECK ("status" IN ('sending', 'sent', 'not_sent', 'refused', 'unknown'));

-- One send per lead, channel and local day, whichever sequence it belongs to and whoever races.
CREATE UNIQUE INDEX "FollowUpSend_day_key" ON "FollowUpSend" ("leadId", "channel", "localDay")
  WHERE "status" IN ('sending', 'sent', 'unknown');

-- What is under way, or was when its process died: always few.
CREATE INDEX "FollowUpSend_sending_idx" ON "FollowUpSend" ("expiresAt") WHERE "status" = 'sending';

-- What is due, sequence by sequence in its order: a run reads from the first due entry to the last and nothing beyond.
CREATE INDEX "FollowUpInstance_due_idx" ON "FollowUpInstance" ("sequenceId", "nextStepDue", "id")
  WHERE "status" = 'active' AND "nextStepDue" IS NOT NULL;

-- The open instances of a lead: the backstop and replies come from the lead.
CREATE INDEX "FollowUpInstance_open_idx" ON "FollowUpInstance" ("leadId", "sequenceId")
  WHERE "status" IN ('active', 'paused');

-- Paused instances by what they wait for, the longest overdue first.
CREATE INDEX "FollowUpInstance_paused_idx" ON "FollowUpInstance" ("pausedReason", "nextStepDue", "id")
  WHERE "status" = 'paused';

-- The backstop joins the open instances with the leads that have a meeting: few beside either whole table.
CREATE INDEX "Lead_meeting_booked_idx" ON "Lead" ("id") WHERE "status" = 'meeting-booked';

-- Who snoozes now.
CREATE INDEX "Lead_snoozed_idx" ON "Lead" ("snoozedUntil") WHERE "snoozedUntil" IS NOT NULL;

-- What leads wrote lately, whenever they are said to have written it.
CREATE INDEX "Message_inbound_idx" ON "Message" ("createdAt") WHERE "direction" = 'inbound';
