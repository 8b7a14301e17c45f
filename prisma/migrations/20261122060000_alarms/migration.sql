-- AlterTable
ALTER TABLE "Circuit" ADD COLUMN     "credentialDead" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "CronRun" ADD COLUMN     "lagSeconds" INTEGER,
ADD COLUMN     "onlyClientId" TEXT;

-- CreateTable
CREATE TABLE "Alarm" (
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "change" INTEGER NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "summary" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Alarm_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "Alert" (
    "alarmKey" TEXT NOT NULL,
    "change" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "summary" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "nextAttemptAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "claimToken" TEXT,
    "claimedUntil" TIMESTAMPTZ(3),
    "sentAt" TIMESTAMPTZ(3),
    "lastError" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Alert_pkey" PRIMARY KEY ("alarmKey","change")
);

-- CreateIndex
CREATE INDEX "CronRun_startedAt_idx" ON "CronRun"("startedAt");

ALTER TABLE "Alarm" ADD CONSTRAINT "Alarm_state_check" CHECK ("state" IN ('firing', 'ok'));

-- An alert is superseded when the alarm moved on before anybody could be told.
ALTER TABLE "Alert"
  ADD CONSTRAINT "Alert_state_check" CHECK ("state" IN ('firing', 'ok')),
  ADD CONSTRAINT "Alert_status_check" CHECK ("status" IN ('pending', 'sent', 'superseded'));

-- The runs by which a job counts as done: whoever asks for the last ones must not walk past months of failures.
CREATE INDEX "CronRun_success_idx" ON "CronRun" ("job", "startedAt")
  WHERE "status" IN ('completed', 'partial') AND NOT "dryRun" AND "trigger" <> 'cli' AND "onlyClientId" IS NULL;

-- What is still to be told: nearly always nothing.
CREATE INDEX "Alert_pending_idx" ON "Alert" ("createdAt") WHERE "status" = 'pending';
