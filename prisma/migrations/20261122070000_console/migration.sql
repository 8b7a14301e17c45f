-- CreateTable
CREATE TABLE "SignInWindow" (
    "key" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "endsAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "SignInWindow_pkey" PRIMARY KEY ("key")
);

-- The console's list of runs, newest first: all of them, those of one status, and dry ones among the many that are not.
CREATE INDEX "CronRun_startedAt_id_idx" ON "CronRun" ("startedAt", "id");
CREATE INDEX "CronRun_status_startedAt_id_idx" ON "CronRun" ("status", "startedAt", "id");
CREATE INDEX "CronRun_dry_idx" ON "CronRun" ("startedAt", "id") WHERE "dryRun";

-- Workspaces by name.
CREATE INDEX "Client_name_id_idx" ON "Client" ("name", "id");

-- What was booked, and what was cancelled, in a workspace from day to day.
CREATE INDEX "Appointment_clientId_bookedAt_idx" ON "Appointment" ("clientId", "bookedAt");
CREATE INDEX "Appointment_clientId_canceledAt_idx" ON "Appointment" ("clientId", "canceledAt");

-- Moved meetings, which only their tasks tell of when the meeting kept its id.
CREATE INDEX "FollowUpTask_rescheduled_idx" ON "FollowUpTask" ("createdAt", "leadId") WHERE "type" = 'meeting-rescheduled';

-- Backfills, newest first.
CREATE INDEX "BackfillRun_startedAt_id_idx" ON "BackfillRun" ("startedAt", "id");

-- Leads whose record contradicts itself. Each index holds just those, so that finding none costs nothing.
CREATE INDEX "Lead_said_booked_idx" ON "Lead" ("id")
  WHERE "appointmentStatus" IS NULL AND lower("sentimentTag") ~ '^(meeting|call|appointment|demo)?[ _-]*booked$';
CREATE INDEX "Lead_marked_booked_idx" ON "Lead" ("id")
  WHERE "appointmentStatus" IS NULL AND "status" = 'meeting-booked';
CREATE INDEX "Lead_unmarked_meeting_idx" ON "Lead" ((COALESCE("appointmentEndAt", "appointmentStartAt")), "id")
  WHERE "appointmentStatus" = 'confirmed' AND "status" NOT IN
    ('meeting-booked', 'blacklisted', 'unqualified', 'not-interested', 'archived', 'converted');
CREATE INDEX "Lead_lost_meeting_idx" ON "Lead" ("id")
  WHERE "status" = 'meeting-booked' AND "appointmentStatus" IN ('canceled', 'rescheduled');

-- What backfills did to a lead.
CREATE INDEX "BackfillLead_leadId_idx" ON "BackfillLead" ("leadId");

-- What was sent lately, whoever it was sent to; and what nobody knows to have arrived.
CREATE INDEX "FollowUpSend_markedAt_idx" ON "FollowUpSend" ("markedAt");
CREATE INDEX "FollowUpSend_unknown_idx" ON "FollowUpSend" ("markedAt", "instanceId") WHERE "status" = 'unknown';

-- Who in a workspace wrote last, newest first: those who wait for an answer are among them.
CREATE INDEX "Lead_inbound_idx" ON "Lead" ("clientId", "lastInboundAt", "id") WHERE "lastInboundAt" IS NOT NULL;
