import { type Db, TRANSACTION_LIMITS } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { DerivedEvent, ThreadKey, ThreadRows } from "../records";
import { pendingThreads, threadsInLookback } from "./sweep";
import { readThreads } from "./thread-rows";

/** An event as the table has it: its words are whatever was written there. */
export type StoredEvent = Omit<DerivedEvent, "firstResponder" | "anomaly"> &
  Record<"firstResponder" | "anomaly", string | null>;

/** What decides the events of some threads, and the events that are on record. */
export interface AuditedThreads {
  threads: ThreadRows[];
  stored: StoredEvent[];
}

export interface AuditLimits {
  threadsMax: number;
  /** Longer threads are left out: the definitions are written to be read, and go through a thread for every message. */
  messagesMax: number;
}

/**
 * Reads some threads of these leads, other ones each time, and their events as they were at one moment. Threads that the queue names are left
 * out: their events need not be true yet. What somebody has not committed is on neither side.
 */
export async function readForAudit(
  db: Db,
  leadIds: readonly string[],
  since: Date,
  { threadsMax, messagesMax }: AuditLimits,
): Promise<AuditedThreads> {
  return db.$transaction(
    async (tx) => {
      const keys = await tx.$queryRaw<ThreadKey[]>`
        SELECT t."leadId", t."channel" FROM (
          SELECT * FROM (${threadsInLookback(leadIds, since)}) AS inside
          WHERE ("leadId", "channel") NOT IN (${pendingThreads(leadIds)})
          ORDER BY random() LIMIT ${threadsMax}::int
        ) AS t
        WHERE (
          SELECT count(*) FROM (
            SELECT FROM "Message" m WHERE m."leadId" = t."leadId" AND m."channel" = t."channel"
            LIMIT ${messagesMax + 1}::int
          ) AS few
        ) <= ${messagesMax}::int`;
      if (keys.length === 0) return { threads: [], stored: [] };
      const threads = await readThreads(tx, keys);
      const messageIds = threads.flatMap(({ messages }) => messages.map(({ id }) => id));
      const stored = await tx.responseTimingEvent.findMany({
        where: {
          OR: [{ inboundMessageId: { in: messageIds } }, ...keys.map(({ leadId, channel }) => ({ leadId, channel }))],
        },
        omit: { id: true, createdAt: true, updatedAt: true },
      });
      return { threads, stored };
    },
    { ...TRANSACTION_LIMITS, isolationLevel: Prisma.TransactionIsolationLevel.RepeatableRead },
  );
}
