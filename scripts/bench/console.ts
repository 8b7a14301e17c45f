import { SCHEDULED_JOBS } from "@/lib/console/rules/schedule";
import { listBackfills } from "@/lib/console/store/backfills";
import { listOpenCircuits } from "@/lib/console/store/circuits";
import { countPaused, listDue, listPaused, sumFollowUpRuns } from "@/lib/console/store/follow-ups";
import { readLead } from "@/lib/console/store/lead";
import { countMismatches, listMismatches, MISMATCH_KINDS } from "@/lib/console/store/mismatches";
import { listTurns, listWaiting } from "@/lib/console/store/response-times";
import { listRuns, readLatestRuns } from "@/lib/console/store/runs";
import { listSyncs } from "@/lib/console/store/sync";
import { listTimeline } from "@/lib/console/store/timeline";
import { readBacklog, readMeetingDays } from "@/lib/console/store/workspace-work";
import { listWorkspaces, readWorkspace } from "@/lib/console/store/workspaces";
import { DAY_MS } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { reportHealth } from "@/lib/health/report";
import { summarizeResponseTiming } from "@/lib/response-timing/summary";
import { createRuntime, type Runtime } from "@/lib/runtime";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";
import { withPg } from "../testing/pg";

const ROUNDS = 5;

/** What the pages of the console read, and how long that takes as a database grows: the median of some rounds. */
export async function benchConsole(sizes: readonly number[]): Promise<void> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const runtime = createRuntime(parseEnv({ DATABASE_URL: server.url, LOG_LEVEL: "silent" }));
  const { db } = runtime;
  try {
    print("Console: what each page reads, nine tenths of the leads in one workspace");
    for (const size of sizes) {
      await seed(server.url, size);
      const times: string[] = [];
      for (const [name, read] of Object.entries(pages(runtime)))
        times.push(`${name} ${(await medianMs(read)).toFixed(0)} ms`);
      print(`  ${String(size).padStart(9)} leads: ${times.join(", ")}`);
    }
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

type Reading = () => Promise<unknown>;

/** Each page's statements, as the page sends them. */
function pages({ db, health }: Pick<Runtime, "db" | "health">): Record<string, Reading> {
  const now = new Date();
  const jobs = SCHEDULED_JOBS.map(({ job }) => job);
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const [dayAgo, staleBefore] = [daysAgo(1), daysAgo(7)];
  const week = { clientId: "w1", from: daysAgo(7), to: now };
  return {
    overview: () => Promise.all([reportHealth(health), readLatestRuns(db, jobs, 30), listOpenCircuits(db, 50)]),
    runs: () => listRuns(db, {}),
    "failed runs": () => listRuns(db, { job: "appointment-reconcile", status: "failed" }),
    "dry runs": () => listRuns(db, { dryRun: true }),
    workspaces: () => listWorkspaces(db, {}),
    workspace: () =>
      Promise.all([
        readWorkspace(db, "w1"),
        readBacklog(db, "w1", staleBefore),
        readMeetingDays(db, { clientId: "w1", zone: "UTC", days: 30 }),
        listSyncs(db, "w1", 24),
      ]),
    ...Object.fromEntries(
      MISMATCH_KINDS.map((kind): [string, Reading] => [
        `mismatches ${kind}`,
        () => Promise.all([countMismatches(db), listMismatches(db, kind, {})]),
      ]),
    ),
    lead: () => Promise.all([readLead(db, "l1"), listTimeline(db, "l1", {})]),
    "follow-ups": () => Promise.all([sumFollowUpRuns(db, dayAgo), countPaused(db), listDue(db, {})]),
    "follow-ups paused": () =>
      Promise.all([sumFollowUpRuns(db, dayAgo), countPaused(db), listPaused(db, "lead_replied", {})]),
    "response times": () =>
      Promise.all([
        summarizeResponseTiming(db, { ...week, countsUnanswered: false }),
        listTurns(db, week),
        listWaiting(db, { ...week, leadsMax: 1_000 }),
      ]),
    backfills: () => listBackfills(db, {}),
  };
}

const WORKSPACES = 100;

/** A year of a busy deployment; lead `l1` has a thread of 20,000 messages. */
async function seed(url: string, leads: number): Promise<void> {
  const statements = [
    `TRUNCATE "Client", "CronRun" CASCADE`,
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
    `INSERT INTO "CronRun" ("job", "trigger", "status", "dryRun", "startedAt", "finishedAt", "durationMs", "result")
     SELECT (ARRAY['appointment-reconcile', 'appointment-reconcile', 'followups', 'followups', 'response-timing'])[1 + g % 5], 'cron', CASE WHEN g % 5001 = 0 THEN 'failed' ELSE 'completed' END, g % 20000 = 0,
       now() - interval '1 minute' * g, now() - interval '1 minute' * g, 900, '{"errors": 0, "leadsChecked": 10}'
     FROM generate_series(1, ${Math.ceil(leads / 2)}) g`,
    `INSERT INTO "FollowUpSend" ("instanceId", "round", "stepOrder", "leadId", "channel", "localDay", "status", "claimToken", "markedAt", "expiresAt")
     SELECT "id", "startedAt", 1, "leadId", 'sms', '2030-01-01', CASE WHEN right("leadId", 4) = '1111' THEN 'unknown' ELSE 'sent' END, 'x', now() - interval '1 minute' * (random() * 500000), now()
     FROM "FollowUpInstance"`,
    `INSERT INTO "ResponseTimingEvent" ("clientId", "leadId", "channel", "inboundMessageId", "inboundSentAt", "streakStartedAt", "streakCount",
       "setterResponseMs", "setterSameTurn", "aiResponseMs", "aiResponseMessageId")
     SELECT "clientId", "id", 'sms', 'm' || "id", now() - interval '1 minute' * (random() * 500000), now(), 1, 60000 * random() * 100, true, 60000 * random() * 10, 'a' || "id"
     FROM "Lead" WHERE right("id", 1) IN ('1', '2', '3')`,
    "ANALYZE",
  ];
  await withPg(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function medianMs(work: Reading): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
