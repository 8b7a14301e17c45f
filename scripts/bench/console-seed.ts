import { withPg } from "../testing/pg";

const WORKSPACES = 100;

/** A year of a busy deployment; lead `l1` has a thread of 20,000 messages. */
export async function seedConsole(url: string, leads: number): Promise<void> {
  const statements = [
    `TRUNCATE "Client", "CronRun", "BackfillRun" CASCADE`,
    `INSERT INTO "Client" ("id", "name", "ghlLocationId", "ghlPrivateKey", "kapsoPhoneId", "kapsoApiKey")
     SELECT 'w' || g, 'Workspace ' || g, 'location-' || g, 'key', 'p' || g, 'key' FROM generate_series(1, ${WORKSPACES}) g`,
    `INSERT INTO "Lead" ("id", "clientId", "email", "ghlContactId", "lastInboundAt", "appointmentLastCheckedAt", "status",
       "appointmentStatus", "appointmentStartAt", "appointmentEndAt", "sentimentTag")
     SELECT 'l' || g, CASE WHEN g % 10 = 0 THEN 'w' || (1 + (g / 10) % ${WORKSPACES}) ELSE 'w1' END,
       'person' || g || '@example.com', 'contact-' || g, CASE WHEN g % 4 = 0 THEN now() - interval '1 day' * (g % 300) END,
       CASE WHEN g % 3 = 0 THEN now() - interval '1 minute' * (g % 80000) END,
       (ARRAY['new', 'qualified', 'meeting-booked', 'archived'])[1 + g % 4],
       CASE WHEN g % 20 = 0 THEN 'confirmed' WHEN g % 50 = 1 THEN 'canceled' END,
       CASE WHEN g % 20 = 0 THEN now() + interval '1 hour' * ((g % 2000) - 1900) END,
       CASE WHEN g % 20 = 0 THEN now() + interval '1 hour' * ((g % 2000) - 1899) END,
       CASE WHEN g % 30 = 0 THEN 'Meeting Booked' WHEN g % 2 = 0 THEN 'Interested' END
     FROM generate_series(1, ${leads}) g`,
    `INSERT INTO "Appointment" ("clientId", "leadId", "provider", "externalId", "status", "startAt", "bookedAt", "canceledAt", "source")
     SELECT "clientId", "id", 'GHL', 'e' || "id", "appointmentStatus", "appointmentStartAt",
       now() - interval '1 minute' * (random() * 500000), CASE WHEN "appointmentStatus" = 'canceled' THEN now() - interval '1 minute' * (random() * 500000) END, 'webhook'
     FROM "Lead" WHERE "appointmentStatus" IS NOT NULL`,
    `INSERT INTO "FollowUpTask" ("leadId", "type", "dueDate", "createdAt")
     SELECT "leadId", 'meeting-rescheduled', now(), now() - interval '1 minute' * (random() * 500000) FROM "Appointment"`,
    `INSERT INTO "FollowUpSequence" ("id", "clientId", "name") SELECT 's' || g, 'w' || g, 'Nudge' FROM generate_series(1, ${WORKSPACES}) g`,
    `INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "status", "pausedReason", "nextStepDue")
     SELECT "id", 's' || substr("clientId", 2), CASE WHEN right("id", 1) IN ('1', '2') THEN 'paused' WHEN right("id", 2) IN ('33', '44') THEN 'active' ELSE 'completed' END,
       CASE WHEN right("id", 1) = '1' THEN 'lead_replied' WHEN right("id", 1) = '2' THEN 'no_sender' END,
       now() + interval '1 minute' * (random() * 5000 - 1) FROM "Lead" WHERE right("id", 1) IN ('1', '2', '3', '4', '5')`,
    `INSERT INTO "Message" ("leadId", "channel", "direction", "sentAt")
     SELECT 'l1', 'sms', CASE WHEN g % 2 = 0 THEN 'inbound' ELSE 'outbound' END, now() - interval '1 minute' * g
     FROM generate_series(1, 20000) g`,
    `INSERT INTO "SyncHealth" ("clientId", "runAt", "contactsChecked", "staleFound", "flagged")
     SELECT 'w' || w, now() - interval '1 hour' * h, 10, 1, 1 FROM generate_series(1, ${WORKSPACES}) w, generate_series(1, ${Math.ceil(leads / 1000)}) h`,
    `INSERT INTO "CronRun" ("id", "job", "trigger", "status", "dryRun", "startedAt", "finishedAt", "durationMs", "result")
     SELECT 'r' || g, (ARRAY['appointment-reconcile', 'appointment-reconcile', 'followups', 'followups', 'response-timing'])[1 + g % 5], 'cron', CASE WHEN g % 5001 = 0 THEN 'failed' ELSE 'completed' END, g % 20000 = 0,
       now() - interval '1 minute' * g, now() - interval '1 minute' * g, 900, '{"errors": 0, "leadsChecked": 10}'
     FROM generate_series(1, ${Math.ceil(leads / 2)}) g`,
    `INSERT INTO "FollowUpSend" ("instanceId", "round", "stepOrder", "leadId", "channel", "localDay", "status", "claimToken", "markedAt", "expiresAt")
     SELECT "id", "startedAt", 1, "leadId", 'sms', '2030-01-01', CASE WHEN right("leadId", 4) = '1111' THEN 'unknown' ELSE 'sent' END, 'x', now() - interval '1 minute' * (random() * 500000), now()
     FROM "FollowUpInstance"`,
    `INSERT INTO "ResponseTimingEvent" ("id", "clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount",
       "setterResponseMs", "setterSameTurn", "aiResponseMs", "aiResponseMessageId")
     SELECT 't' || substr("id", 2), "clientId", "id", 'sms', 'm' || "id", now() - interval '1 minute' * (random() * 500000), now(), 1, 60000 * random() * 100, true, 60000 * random() * 10, 'a' || "id"
     FROM "Lead" WHERE right("id", 1) IN ('1', '2', '3')`,
    `INSERT INTO "BackfillRun" ("id", "job", "fingerprint", "identity", "status") VALUES ('b1', 'backfill-appointments', 'x', '{}', 'running')`,
    `INSERT INTO "BackfillCursor" ("runId", "unit", "counts") SELECT 'b1', 'w' || g, '{"unchanged": 412}' FROM generate_series(1, ${WORKSPACES}) g`,
    `INSERT INTO "BackfillLead" ("runId", "leadId", "unit", "outcome", "reason", "invocation")
     SELECT 'b1', "id", "clientId", CASE WHEN right("id", 1) = '7' THEN 'failed' ELSE 'booked' END, 'GET /contacts: 502', 1 FROM "Lead" WHERE right("id", 1) IN ('7', '8')`,
    "ANALYZE",
  ];
  await withPg(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}
