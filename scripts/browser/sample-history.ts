import { randomUUID } from "node:crypto";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { createRandom, type Random } from "../sandbox/random";
import type { Stage } from "../truth/stage";
import { pastRuns } from "./past-runs";
import { addSampleMeetings } from "./sample-meetings";
import { addSampleThreads } from "./sample-threads";

/**
 * What a console shows of times before the demo: runs, syncs, messages, a backfill, records that contradict themselves.
 * Invented, and the same every time but for ids.
 */
export async function addSampleHistory(db: Db, { workspaces, parts }: Stage): Promise<void> {
  const random = createRandom(7);
  const now = Date.now();
  const ago = (ms: number) => new Date(now - ms);
  await db.cronRun.createMany({ data: pastRuns(random, ago) });
  await addSyncs(db, random, ago);
  const leads = parts.map(({ actor }) => actor.lead);
  await addSampleThreads(db, leads.slice(0, 60), ago);
  await addSampleMeetings(db, workspaces[0]?.id ?? "", ago);
  await addUncertainSends(
    db,
    leads.slice(60, 63).map(({ id }) => id),
    ago,
  );
  await addContradictions(
    db,
    leads.map(({ id }) => id),
  );
  await addBackfills(db, { clientId: workspaces[0]?.id ?? "", leadIds: leads.slice(0, 8).map(({ id }) => id), ago });
}

type Ago = (ms: number) => Date;

/** Half a day of hourly syncs of who speaks over Kapso. One of the workspaces has lost messages of late. */
async function addSyncs(db: Db, random: Random, ago: Ago): Promise<void> {
  const synced = await db.client.findMany({ where: { kapsoPhoneId: { not: null } }, orderBy: { name: "asc" } });
  const leaky = synced.at(-1);
  await db.syncHealth.createMany({
    data: synced.flatMap(({ id: clientId }) =>
      Array.from({ length: 12 }, (_, hour) => ({
        ...{ clientId, runAt: ago((hour + 1) * HOUR_MS + MINUTE_MS), contactsChecked: 24 },
        ...{ staleFound: between(random, 0, 5), flagged: between(random, 0, 2), verified: between(random, 4, 9) },
        ...{ listed: 9, lastMessageAt: ago((hour + 1) * HOUR_MS + 9 * MINUTE_MS) },
        missed: clientId === leaky?.id && hour < 2 ? 1 : 0,
        error: hour === 7 ? "GET /conversations: 503" : null,
      })),
    ),
  });
}

async function addContradictions(db: Db, leadIds: readonly string[]): Promise<void> {
  const last = leadIds.toReversed();
  const tag = (ids: readonly string[], data: { status?: string; sentimentTag?: string; appointmentStatus?: string }) =>
    db.lead.updateMany({ where: { id: { in: [...ids] } }, data });
  await tag(last.slice(0, 5), { sentimentTag: "Meeting Booked" });
  await tag(last.slice(5, 8), { status: "meeting-booked" });
  await tag(last.slice(8, 10), { status: "meeting-booked", appointmentStatus: "canceled" });
  await db.lead.updateMany({
    where: { id: { in: last.slice(10, 13) } },
    data: { appointmentStatus: "confirmed", appointmentStartAt: new Date(Date.now() + DAY_MS), status: "qualified" },
  });
}

/** One that is under way, one that was stopped and may be taken up, one that came to its end. */
async function addBackfills(
  db: Db,
  { clientId, leadIds, ago }: { clientId: string; leadIds: readonly string[]; ago: Ago },
): Promise<void> {
  const ids = { running: randomUUID(), stopped: randomUUID(), finished: randomUUID() };
  const run = { job: "backfill-appointments", fingerprint: "sample", identity: {} };
  const end = ago(26 * HOUR_MS);
  await db.backfillRun.createMany({
    data: [
      {
        ...run,
        id: ids.running,
        status: "running",
        invocations: 1,
        startedAt: ago(HOUR_MS),
        updatedAt: ago(SECOND_MS),
      },
      {
        ...run,
        id: ids.stopped,
        status: "stopped",
        invocations: 2,
        startedAt: ago(5 * HOUR_MS),
        updatedAt: ago(4 * HOUR_MS),
      },
      {
        ...run,
        id: ids.finished,
        status: "finished",
        invocations: 1,
        startedAt: ago(29 * HOUR_MS),
        updatedAt: end,
        finishedAt: end,
      },
    ],
  });
  const unit = (runId: string, updatedAt: Date, counts: object, done = false) => {
    return { runId, unit: clientId, cursor: leadIds[3] ?? "", counts, updatedAt, done };
  };
  await db.backfillCursor.createMany({
    data: [
      unit(ids.running, ago(SECOND_MS), { unchanged: 2_391, skipped: 17 }),
      unit(ids.stopped, ago(4 * HOUR_MS), { unchanged: 412, skipped: 9 }),
      unit(ids.finished, end, { unchanged: 8_204, skipped: 61 }, true),
    ],
  });
  await db.backfillLead.createMany({
    data: Object.values(ids).flatMap((runId) =>
      leadIds.map((leadId, place) => ({
        ...{ runId, leadId, unit: clientId, invocation: 1, at: ago(5 * HOUR_MS - place * SECOND_MS) },
        ...(place < 3 ? { outcome: "failed", reason: "GET /contacts: 502" } : { outcome: "booked", tasksCreated: 0 }),
      })),
    ),
  });
}

function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** The process ended while the provider was answering: nobody knows. */
async function addUncertainSends(db: Db, leadIds: readonly string[], ago: Ago): Promise<void> {
  const instances = await db.followUpInstance.findMany({ where: { leadId: { in: [...leadIds] }, status: "active" } });
  await db.followUpInstance.updateMany({
    where: { id: { in: instances.map(({ id }) => id) } },
    data: { status: "paused", pausedReason: "send_uncertain", nextStepDue: null },
  });
  await db.followUpSend.createMany({
    data: instances.map(({ id: instanceId, leadId, startedAt: round }, place) => ({
      ...{ instanceId, leadId, round, stepOrder: 1, channel: "email", localDay: "2030-03-01", status: "unknown" },
      ...{ claimToken: "sample", markedAt: ago((place + 1) * HOUR_MS), expiresAt: ago(place * HOUR_MS) },
      reason: "the connection broke before the answer came",
    })),
  });
}
