import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { MASKED_EMAIL, MASKED_PHONE } from "./masked";

export interface LeadView {
  id: string;
  clientId: string;
  workspace: string;
  name: string;
  maskedEmail: string | null;
  maskedPhone: string | null;
  status: string;
  sentimentTag: string | null;
  autoFollowUpEnabled: boolean;
  snoozedUntil: Date | null;
  lastInboundAt: Date | null;
  lastOutboundAt: Date | null;
  appointmentProvider: string | null;
  appointmentStatus: string | null;
  appointmentStartAt: Date | null;
  lastCheckedAt: Date | null;
  failures: number;
  retryAt: Date | null;
  createdAt: Date;
}

/** One lead as an operator may see it; null when there is none. */
export async function readLead(db: Db, id: string): Promise<LeadView | null> {
  const [row] = await db.$queryRaw<LeadView[]>`
    SELECT l."id", l."clientId", w."name" AS "workspace",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "name",
      ${MASKED_EMAIL} AS "maskedEmail", ${MASKED_PHONE} AS "maskedPhone", l."status", l."sentimentTag",
      l."autoFollowUpEnabled", l."snoozedUntil", l."lastInboundAt", l."lastOutboundAt", l."appointmentProvider",
      l."appointmentStatus", l."appointmentStartAt", l."appointmentLastCheckedAt" AS "lastCheckedAt",
      l."appointmentCheckFailures" AS "failures", l."appointmentRetryAt" AS "retryAt", l."createdAt"
    FROM "Lead" l JOIN "Client" w ON w."id" = l."clientId" WHERE l."id" = ${id}`;
  if (!row) return null;
  const sentimentTag = row.sentimentTag === null ? null : scrub(row.sentimentTag);
  return { ...row, name: scrub(row.name), status: scrub(row.status), sentimentTag };
}
