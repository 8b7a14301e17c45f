-- CreateTable
CREATE TABLE "BackfillRun" (
    "id" TEXT NOT NULL DEFAULT (gen_random_uuid())::text,
    "job" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "identity" JSONB NOT NULL,
    "status" TEXT NOT NULL,
    "invocations" INTEGER NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "BackfillRun_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "BackfillCursor" (
    "runId" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "cursor" TEXT,
    "done" BOOLEAN NOT NULL DEFAULT false,
    "counts" JSONB NOT NULL DEFAULT '{}',
    "updatedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BackfillCursor_pkey" PRIMARY KEY ("runId","unit")
);

-- CreateTable
CREATE TABLE "BackfillLead" (
    "runId" TEXT NOT NULL,
    "leadId" TEXT NOT NULL,
    "unit" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "tasksCreated" INTEGER NOT NULL DEFAULT 0,
    "reason" TEXT,
    "invocation" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "BackfillLead_pkey" PRIMARY KEY ("runId","leadId")
);

-- CreateIndex
CREATE INDEX "BackfillRun_job_fingerprint_startedAt_idx" ON "BackfillRun"("job", "fingerprint", "startedAt");

-- AddForeignKey
ALTER TABLE "BackfillCursor" ADD CONSTRAINT "BackfillCursor_runId_fkey" FOREIGN KEY ("runId") REFERENCES "BackfillRun"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BackfillLead" ADD CONSTRAINT "BackfillLead_runId_fkey" FOREIGN KEY ("runId") REFERENCES "BackfillRun"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- A run is over (`finished`), or can be taken up again.
ALTER TABLE "BackfillRun" ADD CONSTRAINT "BackfillRun_status_check"
  CHECK ("status" IN ('running', 'stopped', 'finished'));

-- A backfill walks a workspace by id, past those who never wrote to us.
CREATE INDEX "Lead_backfill_idx" ON "Lead" ("clientId", "id") WHERE "lastInboundAt" IS NOT NULL;

-- What failed is taken up again after the rest, and is rare beside what did not.
CREATE INDEX "BackfillLead_failed_idx" ON "BackfillLead" ("runId", "unit", "leadId") WHERE "outcome" = 'failed';
