import { randomUUID } from "node:crypto";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { createRandom, type Random } from "../sandbox/random";
import type { Stage } from "../truth/stage";
import { pastRuns } from "./past-runs";

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
  await addConversations(db, leads.slice(0, 60), ago);
  await addUncertainSends(
    db,
    leads.slice(60, 63).map(({ id }) => id),
    ago,
  );
  await addContradictions(
    db,
    leads.map(({ id }) => id),
  );
  await addBackfill(db, { clientId: workspaces[0]?.id ?? "", leadIds: leads.slice(0, 8).map(({ id }) => id), ago });
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

async function addBackfill(
  db: Db,
  { clientId, leadIds, ago }: { clientId: string; leadIds: readonly string[]; ago: Ago },
): Promise<void> {
  const id = randomUUID();
  await db.backfillRun.create({
    data: {
      ...{ id, job: "backfill-appointments", fingerprint: "sample", identity: {}, status: "stopped", invocations: 2 },
      ...{ startedAt: ago(3 * HOUR_MS), updatedAt: ago(2 * HOUR_MS) },
    },
  });
  const at = ago(2 * HOUR_MS);
  await db.backfillCursor.create({
    data: {
      runId: id,
      unit: clientId,
      cursor: leadIds[3] ?? "",
      counts: { unchanged: 412, skipped: 9 },
      updatedAt: at,
    },
  });
  await db.backfillLead.createMany({
    data: leadIds.map((leadId, place) => ({
      ...{ runId: id, leadId, unit: clientId, invocation: 1, at: new Date(at.getTime() - place * SECOND_MS) },
      ...(place < 3 ? { outcome: "failed", reason: "GET /contacts: 502" } : { outcome: "booked", tasksCreated: 0 }),
    })),
  });
}

function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}

/** Each wrote yesterday; the AI answered after its delay, in every third thread a person as well, in every tenth nobody. */
async function addConversations(
  db: Db,
  leads: readonly { id: string; workspace: { id: string } }[],
  ago: Ago,
): Promise<void> {
  const told = leads.map(({ id: leadId, workspace }, place) => {
    const writtenAt = ago(DAY_MS + place * 7 * MINUTE_MS);
    const after = (ms: number) => new Date(writtenAt.getTime() + ms);
    const [messageId, draftId] = [randomUUID(), randomUUID()];
    const thread = { leadId, channel: place % 2 === 0 ? "whatsapp" : "sms" };
    const written = { ...thread, id: messageId, direction: "inbound", kind: "reply", sentAt: writtenAt };
    const aiAnswer = { ...thread, direction: "outbound", sentBy: "ai", kind: "reply", aiDraftId: draftId };
    const ownAnswer = { ...thread, direction: "outbound", sentBy: "setter", sentByUserId: "user-1", kind: "reply" };
    const answers = [
      { ...aiAnswer, sentAt: after((300 + place) * SECOND_MS) },
      ...(place % 3 === 0 ? [{ ...ownAnswer, sentAt: after((20 + place) * MINUTE_MS) }] : []),
    ];
    const texts = [written, ...(place % 10 === 9 ? [] : answers)].map((message) => ({
      ...message,
      body: "A few words.",
    }));
    const times = {
      runAt: after(290 * SECOND_MS),
      startedAt: after(294 * SECOND_MS),
      finishedAt: after(301 * SECOND_MS),
    };
    return {
      messages: texts.map((message) => ({ ...message, createdAt: message.sentAt })),
      draft: { ...thread, id: draftId, triggerMessageId: messageId },
      job: {
        leadId,
        messageId,
        draftId,
        clientId: workspace.id,
        type: "AI_AUTO_SEND_DELAYED",
        status: "DONE",
        ...times,
      },
    };
  });
  await db.message.createMany({ data: told.flatMap(({ messages }) => messages) });
  await db.aIDraft.createMany({ data: told.map(({ draft }) => draft) });
  await db.backgroundJob.createMany({ data: told.map(({ job }) => job) });
  const campaigns = [...new Set(leads.map(({ workspace }) => workspace.id))].map((clientId) => ({
    id: randomUUID(),
    clientId,
  }));
  await db.campaign.createMany({ data: campaigns.map((campaign) => ({ ...campaign, name: "Spring" })) });
  for (const { id: campaignId, clientId } of campaigns)
    await db.lead.updateMany({ where: { clientId }, data: { campaignId } });
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
