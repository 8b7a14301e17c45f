-- What schema.prisma cannot say: CHECKs, and indexes that are partial, on expressions or with NULLS FIRST.

-- Words. Other programs write these tables with plain SQL, so the database itself refuses a word that no code knows.
-- CHECKs rather than enum types: a new word is then one quick statement, and a client needs no type to write one.
-- A CHECK lets null pass: nullable columns stay nullable. Lists that are open (statuses and reasons that people or
-- providers coin, `deliveryStatus`, `BackgroundJob.type`) have none.
ALTER TABLE "Client"
  ADD CONSTRAINT "Client_meetingBookingProvider_check" CHECK ("meetingBookingProvider" IN ('GHL', 'CALENDLY'));

ALTER TABLE "Lead"
  ADD CONSTRAINT "Lead_enrichmentStatus_check" CHECK ("enrichmentStatus" IN ('pending', 'done', 'failed')),
  ADD CONSTRAINT "Lead_appointmentStatus_check"
    CHECK ("appointmentStatus" IN ('confirmed', 'canceled', 'rescheduled', 'showed', 'no_show'));

ALTER TABLE "Appointment"
  ADD CONSTRAINT "Appointment_provider_check" CHECK ("provider" IN ('GHL', 'CALENDLY')),
  ADD CONSTRAINT "Appointment_status_check"
    CHECK ("status" IN ('confirmed', 'canceled', 'rescheduled', 'showed', 'no_show')),
  ADD CONSTRAINT "Appointment_source_check" CHECK ("source" IN ('webhook', 'reconcile_cron', 'backfill', 'manual'));

ALTER TABLE "FollowUpSequence"
  ADD CONSTRAINT "FollowUpSequence_triggerOn_check"
    CHECK ("triggerOn" IN ('no_response', 'meeting_selected', 'manual', 'setter_reply'));

ALTER TABLE "FollowUpStep"
  ADD CONSTRAINT "FollowUpStep_channel_check" CHECK ("channel" IN ('email', 'sms', 'whatsapp', 'call', 'linkedin'));

ALTER TABLE "FollowUpInstance"
  ADD CONSTRAINT "FollowUpInstance_status_check" CHECK ("status" IN ('active', 'paused', 'completed', 'cancelled'));

ALTER TABLE "FollowUpTask"
  ADD CONSTRAINT "FollowUpTask_type_check"
    CHECK ("type" IN ('email', 'sms', 'whatsapp', 'call', 'linkedin', 'meeting-canceled', 'meeting-rescheduled')),
  ADD CONSTRAINT "FollowUpTask_status_check" CHECK ("status" IN ('pending', 'completed', 'skipped', 'cancelled'));

-- The channel of drafts and of derived rows is left open: they follow messages, and no derived row may refuse one.
ALTER TABLE "Message"
  ADD CONSTRAINT "Message_channel_check" CHECK ("channel" IN ('sms', 'email', 'linkedin', 'whatsapp')),
  ADD CONSTRAINT "Message_direction_check" CHECK ("direction" IN ('inbound', 'outbound')),
  ADD CONSTRAINT "Message_sentBy_check" CHECK ("sentBy" IN ('ai', 'setter', 'system')),
  ADD CONSTRAINT "Message_kind_check"
    CHECK ("kind" IN ('reply', 'sequence', 'campaign', 'system', 'auto_reply', 'reaction'));

ALTER TABLE "ResponseTimingEvent"
  ADD CONSTRAINT "ResponseTimingEvent_firstResponder_check" CHECK ("firstResponder" IN ('setter', 'ai'));

ALTER TABLE "CronRun"
  ADD CONSTRAINT "CronRun_status_check"
    CHECK ("status" IN ('running', 'completed', 'partial', 'skipped', 'failed', 'abandoned'));

-- The warm tier of reconcile, in the order in which it is read: never checked first, then the oldest check. NULLS FIRST
-- is what makes the index give that order, and the id makes it a total one that a page can go on from.
CREATE INDEX "Lead_warm_idx" ON "Lead" ("clientId", "appointmentLastCheckedAt" NULLS FIRST, "id")
  WHERE "lastInboundAt" IS NOT NULL;

-- Leads with a provider's id and no status are warm however recently they were checked, and few: an index of their own
-- finds them without walking the warm one.
CREATE INDEX "Lead_unhydrated_idx" ON "Lead" ("clientId", "appointmentLastCheckedAt" NULLS FIRST, "id")
  WHERE "lastInboundAt" IS NOT NULL
    AND "appointmentStatus" IS NULL
    AND (
      "ghlAppointmentId" IS NOT NULL
      OR "calendlyInviteeUri" IS NOT NULL
      OR "calendlyScheduledEventUri" IS NOT NULL
    );

-- Meetings that have not ended (the booked tier), by when they end: the start stands in for an end that is not known.
CREATE INDEX "Lead_confirmed_end_idx" ON "Lead" ("clientId", (COALESCE("appointmentEndAt", "appointmentStartAt")))
  WHERE "appointmentStatus" = 'confirmed';

-- Meetings that have ended since they were last looked at. A lead leaves this index with the check that sees the end.
CREATE INDEX "Lead_ended_unseen_idx" ON "Lead" ("clientId", (COALESCE("appointmentEndAt", "appointmentStartAt")))
  WHERE "appointmentStatus" = 'confirmed'
    AND "lastInboundAt" IS NOT NULL
    AND "appointmentLastCheckedAt" < COALESCE("appointmentEndAt", "appointmentStartAt");

-- Leads that wait after a failed check: nearly always few.
CREATE INDEX "Lead_retry_idx" ON "Lead" ("clientId", "appointmentRetryAt") WHERE "appointmentRetryAt" IS NOT NULL;

-- Who else has this address: an appointment belongs to the oldest lead of those that share it, whatever its case.
CREATE INDEX "Lead_email_idx" ON "Lead" ("clientId", lower("email")) WHERE "email" IS NOT NULL;

-- The hot tier and the backstop ask for active instances; most instances are over.
CREATE INDEX "FollowUpInstance_active_idx" ON "FollowUpInstance" ("sequenceId", "leadId") WHERE "status" = 'active';

-- Runs that claim to be running: each new run looks for those that died.
CREATE INDEX "CronRun_running_idx" ON "CronRun" ("job", "startedAt") WHERE "status" = 'running';

-- The turn of the workspaces: never reconciled first, then the one that has waited longest.
CREATE INDEX "Client_reconcile_turn_idx" ON "Client" ("appointmentReconciledAt" NULLS FIRST, "id");
