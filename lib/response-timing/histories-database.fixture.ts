import type { Db } from "@/lib/db/client";
import type { Change, History } from "./histories.fixture";
import type { DerivedEvent, ThreadKey } from "./records";
import { deriveEvents } from "./rules/derive";
import { settleRows } from "./rules/lookback";
import { readThreads } from "./store/thread-rows";

/** Random histories in a real database: written, changed, and read back as what the definitions make of them. */

/**
 * The same history under ids of its own, so that many fit into one database. Every id begins with `prefix`: they sort
 * among themselves as they did.
 */
export function placeHistory(history: History, prefix: string): History {
  return JSON.parse(JSON.stringify(history), (key, value: unknown) => {
    if (typeof value !== "string") return value;
    if (IDS.has(key)) return `${prefix}${value}`;
    return TIMES.has(key) ? new Date(value) : value;
  });
}

const IDS = new Set([
  ...["id", "clientId", "campaignId", "leadId", "fromId", "intoId"],
  ...["messageId", "triggerMessageId", "draftId", "aiDraftId"],
]);
const TIMES = new Set(["sentAt", "createdAt", "deletedAt", "runAt", "startedAt", "finishedAt"]);

/** Writes histories as they begin, without what happens later: one statement a table, however many they are. */
export async function applyHistories(db: Db, histories: readonly History[]): Promise<void> {
  await db.client.createMany({ data: histories.map(({ clientId }) => ({ id: clientId, name: "Acme" })) });
  await db.campaign.createMany({ data: histories.flatMap(({ campaigns }) => campaigns) });
  await db.lead.createMany({ data: histories.flatMap(({ leads }) => leads) });
  await db.message.createMany({ data: histories.flatMap(({ messages }) => messages) });
  await db.aIDraft.createMany({ data: histories.flatMap(({ drafts }) => drafts) });
  await db.backgroundJob.createMany({ data: histories.flatMap(({ jobs }) => jobs) });
}

/** Does one of the things that happen later. What is about rows that an earlier change took away does nothing. */
export async function applyChange(db: Db, change: Change): Promise<void> {
  switch (change.kind) {
    case "message_added":
      await db.message.create({ data: change.row });
      return;
    case "message_edited":
      await db.message.updateMany({ where: { id: change.id }, data: change.edit });
      return;
    case "message_deleted":
      await db.message.deleteMany({ where: { id: change.id } });
      return;
    case "leads_merged":
      await db.message.updateMany({ where: { leadId: change.fromId }, data: { leadId: change.intoId } });
      return;
    case "draft_added":
      await db.aIDraft.create({ data: change.row });
      return;
    case "draft_edited":
      await db.aIDraft.updateMany({ where: { id: change.id }, data: change.edit });
      return;
    case "draft_deleted":
      await db.aIDraft.deleteMany({ where: { id: change.id } });
      return;
    case "job_added":
      await db.backgroundJob.create({ data: change.row });
      return;
    case "job_edited":
      await db.backgroundJob.updateMany({ where: { id: change.id }, data: change.edit });
      return;
    case "job_deleted":
      await db.backgroundJob.deleteMany({ where: { id: change.id } });
      return;
    case "campaign_given":
      await db.lead.updateMany({ where: { id: change.leadId }, data: { campaignId: change.campaignId } });
      return;
    case "campaign_edited":
      await db.campaign.updateMany({ where: { id: change.id }, data: change.edit });
      return;
  }
}

/** A row as the database has it: its words are whatever the table takes. */
type StoredEvent = Omit<DerivedEvent, "firstResponder" | "anomaly"> &
  Record<"firstResponder" | "anomaly", string | null>;

/** The rows of workspaces as they are stored, by message. */
export async function readEvents(db: Db, clientIds: readonly string[]): Promise<StoredEvent[]> {
  const rows = await db.responseTimingEvent.findMany({
    where: { clientId: { in: [...clientIds] } },
    omit: { id: true, createdAt: true, updatedAt: true },
  });
  return rows.toSorted(byMessage);
}

/**
 * The rows that workspaces should have if every one of their threads were recomputed now, by message. Rows that are
 * stored count for what they have saved, and where the lookback ends before them.
 */
export async function expectEvents(
  db: Db,
  clientIds: readonly string[],
  since: Date = new Date(0),
): Promise<(StoredEvent | DerivedEvent)[]> {
  const ofThese = { lead: { clientId: { in: [...clientIds] } } };
  const messages = await db.message.findMany({
    where: ofThese,
    select: { id: true, sentAt: true, leadId: true, channel: true },
  });
  const keys = new Map(
    messages.map(({ leadId, channel }): [string, ThreadKey] => [`${leadId} ${channel}`, { leadId, channel }]),
  );
  const threads = await readThreads(db, [...keys.values()]);
  const sentAtNow = new Map(messages.map(({ id, sentAt }) => [id, sentAt]));
  const stored = await readEvents(db, clientIds);
  return settleRows(stored, threads.flatMap(deriveEvents), sentAtNow, since).toSorted(byMessage);
}

function byMessage(a: { inboundMessageId: string }, b: { inboundMessageId: string }): number {
  return a.inboundMessageId < b.inboundMessageId ? -1 : 1;
}
