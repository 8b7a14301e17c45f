import { dueTimesAt } from "@/lib/appointment-reconcile/eligibility";
import { findBackfillPage } from "@/lib/appointment-reconcile/store/backfill-leads";
import { dueLeadsQuery, findWorkspacesWithDueLeads } from "@/lib/appointment-reconcile/store/due-leads";
import type { Db } from "@/lib/db/client";
import { medianMs, notePlan, withDatabase } from "./measure";
import type { BenchPart, Report } from "./report";

const WORKSPACES = 100;
const QUOTA = 50;

/**
 * What it costs to find a page of due leads as a database grows: nine tenths of the leads in one workspace, the rest
 * spread over 99. Medians, and at the largest size the plan.
 */
export const eligibilityPart: BenchPart = {
  title: () =>
    `Eligibility: a page of ${QUOTA} due leads, ${WORKSPACES} workspaces, the largest with 90 % of the leads`,
  measure: (report, quick) =>
    withDatabase(async (db) => {
      const sizes = quick ? [10_000, 50_000] : [10_000, 100_000, 1_000_000];
      for (const size of sizes) {
        await seed(db, size);
        const query = await measureAt(db, report, size);
        if (size === Math.max(...sizes)) await notePlan(report, db, query);
      }
    }),
};

async function measureAt(db: Db, report: Report, size: number) {
  const times = dueTimesAt(new Date(), { hotMinutes: 1, staleDays: 7 });
  const largest = { id: "w1", provider: "GHL" } as const;
  const query = dueLeadsQuery(largest, times, QUOTA);
  const workspaces = Array.from({ length: WORKSPACES }, (_, index) => ({ ...largest, id: `w${index + 1}` }));
  const add = (what: string, value: number) => report.add({ what: `${size} leads: ${what}`, value, unit: "ms" });
  add("a page of due leads", await medianMs(() => db.$queryRaw(query)));
  add("the choice of workspaces", await medianMs(() => findWorkspacesWithDueLeads(db, workspaces, times)));
  for (const [place, ms] of Object.entries(await backfillPagesMs(db))) add(`a backfill's page at the ${place}`, ms);
  return query;
}

/** A quarter have written to us, a third were checked, one in 50 has a meeting, one in 100 is in an active sequence. */
async function seed(db: Db, leads: number): Promise<void> {
  await db.client.deleteMany({});
  await db.$executeRaw`
    INSERT INTO "Client" ("id", "name", "ghlLocationId", "ghlPrivateKey")
    SELECT 'w' || g, 'Workspace ' || g, 'location-' || g, 'key' FROM generate_series(1, ${WORKSPACES}::int) g`;
  await db.$executeRaw`
    INSERT INTO "FollowUpSequence" ("id", "clientId", "name")
    SELECT 's' || g, 'w' || g, 'Nudge' FROM generate_series(1, ${WORKSPACES}::int) g`;
  const parts = Math.ceil(leads / SEED_BATCH);
  for (let part = 0; part < parts; part++) {
    await seedPart(db, part * SEED_BATCH + 1, Math.min(leads, (part + 1) * SEED_BATCH));
  }
  await db.$executeRaw`
    INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "status")
    SELECT l."id", 's' || substr(l."clientId", 2), CASE WHEN right(l."id", 2) = '11' THEN 'active' ELSE 'completed' END
    FROM "Lead" l WHERE right(l."id", 1) = '1'`;
  await db.$executeRaw`ANALYZE`;
}

const SEED_BATCH = 100_000;

async function seedPart(db: Db, from: number, to: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "email", "ghlContactId", "lastInboundAt", "appointmentLastCheckedAt",
      "appointmentStatus", "ghlAppointmentId", "appointmentStartAt", "appointmentEndAt")
    SELECT 'l' || g, CASE WHEN g % 10 = 0 THEN 'w' || (1 + (g / 10) % ${WORKSPACES}::int) ELSE 'w1' END,
      'person' || g || '@example.com', 'contact-' || g,
      CASE WHEN g % 4 = 0 THEN now() - interval '1 day' * (g % 300) END,
      CASE WHEN g % 3 = 0 THEN now() - interval '1 minute' * (g % 8000) END,
      CASE WHEN g % 50 = 0 THEN 'confirmed' END, CASE WHEN g % 50 = 0 THEN 'event-' || g END,
      CASE WHEN g % 50 = 0 THEN now() + interval '1 hour' * ((g % 2000) - 1900) END,
      CASE WHEN g % 50 = 0 THEN now() + interval '1 hour' * ((g % 2000) - 1899) END
    FROM generate_series(${from}::int, ${to}::int) g`;
}

/** What a page of the backfill's walk costs at three places of the largest workspace. */
async function backfillPagesMs(db: Db): Promise<Record<string, number>> {
  const scope = { workspace: { id: "w1", provider: "GHL" }, staleBefore: new Date() } as const;
  const [places] = await db.$queryRaw<{ cursors: string[] }[]>`
    SELECT percentile_disc(ARRAY[0, 0.5, 0.999]) WITHIN GROUP (ORDER BY "id") AS "cursors"
    FROM "Lead" WHERE "clientId" = 'w1' AND "lastInboundAt" IS NOT NULL`;
  const times: Record<string, number> = {};
  for (const [index, cursor] of places?.cursors.entries() ?? []) {
    times[PLACES[index] ?? ""] = await medianMs(() => findBackfillPage(db, scope, cursor, 100));
  }
  return times;
}

const PLACES = ["start", "middle", "end"];
