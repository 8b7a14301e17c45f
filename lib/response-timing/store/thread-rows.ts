import type { DbOrTx } from "@/lib/db/client";
import type { DraftRow, JobRow, MessageRow, SnapshotRow, ThreadKey, ThreadRows } from "../records";

/** One thread's rows; null when its lead is gone. See `readThreads`. */
export async function readThreadRows(db: DbOrTx, leadId: string, channel: string): Promise<ThreadRows | null> {
  const [thread] = await readThreads(db, [{ leadId, channel }]);
  return thread ?? null;
}

interface LeadOfThread extends ThreadKey {
  clientId: string;
  minSeconds: number | null;
  maxSeconds: number | null;
}

/**
 * Everything that decides the events of these threads, in five statements whatever their number. A thread whose lead is
 * gone is left out; one without messages is there. Where others may be writing, call it in a transaction that is
 * REPEATABLE READ: the statements then see the same moment.
 */
export async function readThreads(db: DbOrTx, keys: readonly ThreadKey[]): Promise<ThreadRows[]> {
  const leadIds = keys.map(({ leadId }) => leadId);
  const channels = keys.map(({ channel }) => channel);
  const leads = await db.$queryRaw<LeadOfThread[]>`
    SELECT DISTINCT k."leadId", k."channel", l."clientId", c."autoSendDelayMinSeconds" AS "minSeconds",
      c."autoSendDelayMaxSeconds" AS "maxSeconds"
    FROM unnest(${leadIds}::text[], ${channels}::text[]) AS k("leadId", "channel")
    JOIN "Lead" l ON l."id" = k."leadId"
    LEFT JOIN "Campaign" c ON c."id" = l."campaignId"`;
  const messages = await db.$queryRaw<(MessageRow & ThreadKey)[]>`
    SELECT m."leadId", m."channel", m."id", m."direction", m."sentBy", m."sentByUserId", m."aiDraftId", m."kind",
      m."deliveryStatus", m."sentAt", m."createdAt", m."deletedAt"
    FROM "Message" m
    WHERE (m."leadId", m."channel") IN (SELECT * FROM unnest(${leadIds}::text[], ${channels}::text[]))`;
  const messageIds = messages.map(({ id }) => id);
  const drafts = await db.$queryRaw<(DraftRow & { triggerMessageId: string })[]>`
    SELECT "id", "triggerMessageId" FROM "AIDraft" WHERE "triggerMessageId" = ANY (${messageIds}::text[])`;
  const jobs = await db.$queryRaw<(JobRow & { draftId: string })[]>`
    SELECT "id", "type", "messageId", "draftId", "runAt", "startedAt", "finishedAt", "createdAt"
    FROM "BackgroundJob" WHERE "draftId" = ANY (${drafts.map(({ id }) => id)}::text[])`;
  const snapshots = await db.$queryRaw<SnapshotRow[]>`
    SELECT "inboundMessageId", "aiDelayMinSeconds", "aiDelayMaxSeconds"
    FROM "ResponseTimingEvent" WHERE "inboundMessageId" = ANY (${messageIds}::text[])`;
  return assemble(leads, { messages, drafts, jobs, snapshots });
}

interface RowsOfThreads {
  messages: (MessageRow & ThreadKey)[];
  drafts: (DraftRow & { triggerMessageId: string })[];
  jobs: (JobRow & { draftId: string })[];
  snapshots: SnapshotRow[];
}

function assemble(leads: readonly LeadOfThread[], rows: RowsOfThreads): ThreadRows[] {
  const messages = groupBy(rows.messages, nameThread);
  const drafts = groupBy(rows.drafts, (draft) => draft.triggerMessageId);
  const jobs = groupBy(rows.jobs, (job) => job.draftId);
  const snapshots = groupBy(rows.snapshots, (row) => row.inboundMessageId);
  return leads.map(({ minSeconds, maxSeconds, ...thread }) => {
    const own = messages.get(nameThread(thread)) ?? [];
    const ownDrafts = own.flatMap(({ id }) => drafts.get(id) ?? []);
    return {
      ...thread,
      messages: own.map(({ leadId: _, channel: __, ...message }) => message),
      drafts: ownDrafts,
      jobs: ownDrafts.flatMap(({ id }) => jobs.get(id) ?? []),
      campaignBounds: minSeconds === null || maxSeconds === null ? null : { minSeconds, maxSeconds },
      snapshots: own.flatMap(({ id }) => snapshots.get(id) ?? []),
    };
  });
}

/** No lead's id and channel make the name of another's. */
function nameThread({ leadId, channel }: ThreadKey): string {
  return JSON.stringify([leadId, channel]);
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
