-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "Client" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "name" TEXT NOT NULL,
    "ghlLocationId" TEXT,
    "ghlPrivateKey" TEXT,
    "calendlyAccessToken" TEXT,
    "calendlyOrganizationUri" TEXT,
    "calendlyUserUri" TEXT,
    "kapsoPhoneId" TEXT,
    "kapsoApiKey" TEXT,
    "metaAccessToken" TEXT,
    "meetingBookingProvider" TEXT,
    "timezone" TEXT NOT NULL DEFAULT 'UTC',
    "workStartTime" TEXT NOT NULL DEFAULT '09:00',
    "workEndTime" TEXT NOT NULL DEFAULT '17:00',
    "followUpsPausedUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "appointmentReconciledAt" TIMESTAMPTZ(3),

    CONSTRAINT "Client_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Campaign" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "responseMode" TEXT NOT NULL DEFAULT 'SETTER_MANAGED',
    "autoSendDelayMinSeconds" INTEGER NOT NULL DEFAULT 180,
    "autoSendDelayMaxSeconds" INTEGER NOT NULL DEFAULT 420,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Campaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Lead" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "campaignId" TEXT,
    "firstName" TEXT,
    "lastName" TEXT,
    "email" TEXT,
    "phone" TEXT,
    "ghlContactId" TEXT,
    "status" TEXT NOT NULL DEFAULT 'new',
    "sentimentTag" TEXT,
    "autoFollowUpEnabled" BOOLEAN NOT NULL DEFAULT true,
    "enrichmentStatus" TEXT,
    "timezone" TEXT,
    "snoozedUntil" TIMESTAMPTZ(3),
    "lastInboundAt" TIMESTAMPTZ(3),
    "lastOutboundAt" TIMESTAMPTZ(3),
    "lastActivityAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ghlAppointmentId" TEXT,
    "calendlyInviteeUri" TEXT,
    "calendlyScheduledEventUri" TEXT,
    "appointmentProvider" TEXT,
    "appointmentStatus" TEXT,
    "appointmentStartAt" TIMESTAMPTZ(3),
    "appointmentEndAt" TIMESTAMPTZ(3),
    "appointmentBookedAt" TIMESTAMPTZ(3),
    "appointmentCanceledAt" TIMESTAMPTZ(3),
    "appointmentSource" TEXT,
    "appointmentLastCheckedAt" TIMESTAMPTZ(3),
    "appointmentCheckFailures" INTEGER NOT NULL DEFAULT 0,
    "appointmentRetryAt" TIMESTAMPTZ(3),

    CONSTRAINT "Lead_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Appointment" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "leadId" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "externalId" TEXT NOT NULL,
    "calendlyScheduledEventUri" TEXT,
    "calendarId" TEXT,
    "status" TEXT NOT NULL,
    "startAt" TIMESTAMPTZ(3),
    "endAt" TIMESTAMPTZ(3),
    "startApproximate" BOOLEAN NOT NULL DEFAULT false,
    "bookedAt" TIMESTAMPTZ(3),
    "canceledAt" TIMESTAMPTZ(3),
    "cancelReason" TEXT,
    "rescheduledFromId" TEXT,
    "statusChangedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "source" TEXT NOT NULL,
    "providerUpdatedAt" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Appointment_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FollowUpSequence" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "isActive" BOOLEAN NOT NULL DEFAULT true,
    "triggerOn" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "FollowUpSequence_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FollowUpStep" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "sequenceId" TEXT NOT NULL,
    "stepOrder" INTEGER NOT NULL,
    "dayOffset" INTEGER NOT NULL DEFAULT 0,
    "minuteOffset" INTEGER NOT NULL DEFAULT 0,
    "channel" TEXT NOT NULL,
    "subject" TEXT,
    "messageTemplate" TEXT NOT NULL DEFAULT '',
    "condition" JSONB,
    "requiresApproval" BOOLEAN NOT NULL DEFAULT false,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "FollowUpStep_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FollowUpInstance" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "leadId" TEXT NOT NULL,
    "sequenceId" TEXT NOT NULL,
    "currentStep" INTEGER NOT NULL DEFAULT 0,
    "status" TEXT NOT NULL DEFAULT 'active',
    "pausedReason" TEXT,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lastStepAt" TIMESTAMPTZ(3),
    "nextStepDue" TIMESTAMPTZ(3),
    "completedAt" TIMESTAMPTZ(3),
    "completedReason" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "FollowUpInstance_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "FollowUpTask" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "leadId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "dueDate" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "subject" TEXT,
    "suggestedMessage" TEXT,
    "instanceId" TEXT,
    "stepOrder" INTEGER,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "effectKey" TEXT,

    CONSTRAINT "FollowUpTask_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Message" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "leadId" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "direction" TEXT NOT NULL,
    "sentBy" TEXT,
    "sentByUserId" TEXT,
    "aiDraftId" TEXT,
    "kind" TEXT,
    "deliveryStatus" TEXT,
    "body" TEXT NOT NULL DEFAULT '',
    "externalId" TEXT,
    "sentAt" TIMESTAMPTZ(3) NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AIDraft" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "leadId" TEXT NOT NULL,
    "triggerMessageId" TEXT,
    "channel" TEXT NOT NULL,
    "content" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL DEFAULT 'pending',
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "AIDraft_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BackgroundJob" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "type" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'PENDING',
    "clientId" TEXT NOT NULL,
    "leadId" TEXT NOT NULL,
    "messageId" TEXT NOT NULL,
    "draftId" TEXT,
    "runAt" TIMESTAMPTZ(3) NOT NULL,
    "startedAt" TIMESTAMPTZ(3),
    "finishedAt" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BackgroundJob_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ResponseTimingEvent" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "leadId" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "inboundMessageId" TEXT NOT NULL,
    "inboundSentAt" TIMESTAMPTZ(3) NOT NULL,
    "streakStartedAt" TIMESTAMPTZ(3) NOT NULL,
    "streakCount" INTEGER NOT NULL,
    "setterResponseMessageId" TEXT,
    "setterResponseSentAt" TIMESTAMPTZ(3),
    "setterSentByUserId" TEXT,
    "setterResponseMs" BIGINT,
    "setterSameTurn" BOOLEAN,
    "aiDraftId" TEXT,
    "aiResponseMessageId" TEXT,
    "aiResponseSentAt" TIMESTAMPTZ(3),
    "aiResponseMs" BIGINT,
    "aiDelayMinSeconds" INTEGER,
    "aiDelayMaxSeconds" INTEGER,
    "aiChosenDelaySeconds" INTEGER,
    "aiActualDelaySeconds" INTEGER,
    "aiBackgroundJobId" TEXT,
    "aiScheduledRunAt" TIMESTAMPTZ(3),
    "aiJobStartedAt" TIMESTAMPTZ(3),
    "aiJobFinishedAt" TIMESTAMPTZ(3),
    "firstResponder" TEXT,
    "anomaly" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ResponseTimingEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "LeadNote" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "leadId" TEXT NOT NULL,
    "content" TEXT NOT NULL,
    "addedBy" TEXT NOT NULL,
    "addedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "LeadNote_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SyncHealth" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "clientId" TEXT NOT NULL,
    "runAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "contactsChecked" INTEGER NOT NULL,
    "staleFound" INTEGER NOT NULL,
    "flagged" INTEGER NOT NULL,
    "verified" INTEGER NOT NULL DEFAULT 0,
    "missed" INTEGER NOT NULL DEFAULT 0,
    "error" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SyncHealth_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CronRun" (
    "id" TEXT NOT NULL DEFAULT gen_random_uuid()::text,
    "job" TEXT NOT NULL,
    "trigger" TEXT NOT NULL,
    "executionId" TEXT,
    "status" TEXT NOT NULL,
    "dryRun" BOOLEAN NOT NULL,
    "startedAt" TIMESTAMPTZ(3) NOT NULL,
    "finishedAt" TIMESTAMPTZ(3),
    "durationMs" INTEGER,
    "result" JSONB,
    "error" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CronRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Lease" (
    "key" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "fence" BIGINT NOT NULL,
    "expiresAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Lease_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "RateLimit" (
    "account" TEXT NOT NULL,
    "slotGrants" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "slotFreeAt" TIMESTAMPTZ(3)[] DEFAULT ARRAY[]::TIMESTAMPTZ(3)[],
    "slotCounts" INTEGER[] DEFAULT ARRAY[]::INTEGER[],
    "blockedUntil" TIMESTAMPTZ(3),

    CONSTRAINT "RateLimit_pkey" PRIMARY KEY ("account")
);

-- CreateTable
CREATE TABLE "Circuit" (
    "clientId" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "outcomes" BOOLEAN[] DEFAULT ARRAY[]::BOOLEAN[],
    "openedAt" TIMESTAMPTZ(3),
    "openUntil" TIMESTAMPTZ(3),
    "probeUntil" TIMESTAMPTZ(3),
    "reason" TEXT,

    CONSTRAINT "Circuit_pkey" PRIMARY KEY ("clientId","provider")
);

-- CreateIndex
CREATE UNIQUE INDEX "Client_ghlLocationId_key" ON "Client"("ghlLocationId");

-- CreateIndex
CREATE INDEX "Campaign_clientId_idx" ON "Campaign"("clientId");

-- CreateIndex
CREATE INDEX "Lead_campaignId_idx" ON "Lead"("campaignId");

-- CreateIndex
CREATE UNIQUE INDEX "Lead_clientId_ghlContactId_key" ON "Lead"("clientId", "ghlContactId");

-- CreateIndex
CREATE INDEX "Appointment_leadId_idx" ON "Appointment"("leadId");

-- CreateIndex
CREATE UNIQUE INDEX "Appointment_clientId_provider_externalId_key" ON "Appointment"("clientId", "provider", "externalId");

-- CreateIndex
CREATE INDEX "FollowUpSequence_clientId_idx" ON "FollowUpSequence"("clientId");

-- CreateIndex
CREATE UNIQUE INDEX "FollowUpStep_sequenceId_stepOrder_key" ON "FollowUpStep"("sequenceId", "stepOrder");

-- CreateIndex
CREATE INDEX "FollowUpInstance_sequenceId_idx" ON "FollowUpInstance"("sequenceId");

-- CreateIndex
CREATE UNIQUE INDEX "FollowUpInstance_leadId_sequenceId_key" ON "FollowUpInstance"("leadId", "sequenceId");

-- CreateIndex
CREATE UNIQUE INDEX "FollowUpTask_effectKey_key" ON "FollowUpTask"("effectKey");

-- CreateIndex
CREATE INDEX "FollowUpTask_leadId_idx" ON "FollowUpTask"("leadId");

-- CreateIndex
CREATE INDEX "FollowUpTask_instanceId_idx" ON "FollowUpTask"("instanceId");

-- CreateIndex
CREATE INDEX "Message_leadId_channel_sentAt_createdAt_id_idx" ON "Message"("leadId", "channel", "sentAt", "createdAt", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Message_leadId_channel_externalId_key" ON "Message"("leadId", "channel", "externalId");

-- CreateIndex
CREATE INDEX "AIDraft_leadId_idx" ON "AIDraft"("leadId");

-- CreateIndex
CREATE INDEX "AIDraft_triggerMessageId_idx" ON "AIDraft"("triggerMessageId");

-- CreateIndex
CREATE INDEX "BackgroundJob_clientId_idx" ON "BackgroundJob"("clientId");

-- CreateIndex
CREATE INDEX "BackgroundJob_leadId_idx" ON "BackgroundJob"("leadId");

-- CreateIndex
CREATE INDEX "BackgroundJob_draftId_idx" ON "BackgroundJob"("draftId");

-- CreateIndex
CREATE UNIQUE INDEX "ResponseTimingEvent_inboundMessageId_key" ON "ResponseTimingEvent"("inboundMessageId");

-- CreateIndex
CREATE INDEX "ResponseTimingEvent_clientId_inboundSentAt_idx" ON "ResponseTimingEvent"("clientId", "inboundSentAt");

-- CreateIndex
CREATE INDEX "ResponseTimingEvent_leadId_channel_idx" ON "ResponseTimingEvent"("leadId", "channel");

-- CreateIndex
CREATE INDEX "LeadNote_leadId_addedBy_addedAt_idx" ON "LeadNote"("leadId", "addedBy", "addedAt");

-- CreateIndex
CREATE INDEX "SyncHealth_clientId_runAt_idx" ON "SyncHealth"("clientId", "runAt");

-- CreateIndex
CREATE INDEX "CronRun_job_startedAt_idx" ON "CronRun"("job", "startedAt");

-- AddForeignKey
ALTER TABLE "Campaign" ADD CONSTRAINT "Campaign_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Lead" ADD CONSTRAINT "Lead_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Lead" ADD CONSTRAINT "Lead_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "Campaign"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Appointment" ADD CONSTRAINT "Appointment_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Appointment" ADD CONSTRAINT "Appointment_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpSequence" ADD CONSTRAINT "FollowUpSequence_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpStep" ADD CONSTRAINT "FollowUpStep_sequenceId_fkey" FOREIGN KEY ("sequenceId") REFERENCES "FollowUpSequence"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpInstance" ADD CONSTRAINT "FollowUpInstance_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpInstance" ADD CONSTRAINT "FollowUpInstance_sequenceId_fkey" FOREIGN KEY ("sequenceId") REFERENCES "FollowUpSequence"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpTask" ADD CONSTRAINT "FollowUpTask_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "FollowUpTask" ADD CONSTRAINT "FollowUpTask_instanceId_fkey" FOREIGN KEY ("instanceId") REFERENCES "FollowUpInstance"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Message" ADD CONSTRAINT "Message_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "AIDraft" ADD CONSTRAINT "AIDraft_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BackgroundJob" ADD CONSTRAINT "BackgroundJob_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BackgroundJob" ADD CONSTRAINT "BackgroundJob_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ResponseTimingEvent" ADD CONSTRAINT "ResponseTimingEvent_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ResponseTimingEvent" ADD CONSTRAINT "ResponseTimingEvent_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "LeadNote" ADD CONSTRAINT "LeadNote_leadId_fkey" FOREIGN KEY ("leadId") REFERENCES "Lead"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncHealth" ADD CONSTRAINT "SyncHealth_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Circuit" ADD CONSTRAINT "Circuit_clientId_fkey" FOREIGN KEY ("clientId") REFERENCES "Client"("id") ON DELETE CASCADE ON UPDATE CASCADE;
