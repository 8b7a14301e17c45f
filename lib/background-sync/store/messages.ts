import { type Db, TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import { confirmLease, type Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";
import { comparedWith, IS_ACTIVITY, type MessagePage } from "./comparison";
import { addRecoveryNote, changeRecoveryNote } from "./notes";

/** The note of a conversation in this run; null before the first missing message. */
export interface RecoveryNote {
  id: string;
  messages: number;
}

export interface Recovered {
  inserted: number;
  /** Rows of ours that have their ids now. */
  named: number;
  note: RecoveryNote | null;
}

/**
 * Puts a page on record in one transaction: inserts what is missing, names what is nameless, moves the lead's times
 * forward, and keeps the conversation's note in step. Whatever is recorded meanwhile by others is left to them: of one
 * message there is one row. A crash leaves all of it or nothing, and a second call finds nothing to do.
 *
 * @throws CutOffError when the lease was lost.
 */
export async function recoverMessages(
  db: Db,
  page: MessagePage,
  { lease, note }: { lease: Lease; note: RecoveryNote | null },
): Promise<Recovered> {
  return db.$transaction(async (tx) => {
    await confirmLease(tx, lease);
    await lockMessagesOf(tx, page.leadId);
    const { inserted, named } = await insertMissing(tx, page);
    return { inserted, named, note: await keepNote(tx, page.leadId, note, inserted) };
  }, TRANSACTION_LIMITS);
}

/**
 * The newest WhatsApp message of a workspace since then, however it came; null if there is none. Looks at the leads in
 * whom something happened since.
 */
export async function findNewestMessage(db: Db, workspaceId: string, since: Date): Promise<Date | null> {
  const rows = await db.$queryRaw<{ sentAt: Date | null }[]>`
    SELECT max(m."sentAt") AS "sentAt" FROM "Lead" l
    CROSS JOIN LATERAL (
      SELECT "sentAt" FROM "Message"
      WHERE "leadId" = l."id" AND "channel" = 'whatsapp' AND "sentAt" >= ${since}::timestamptz AND "deletedAt" IS NULL
      ORDER BY "sentAt" DESC LIMIT 1
    ) AS m
    WHERE l."clientId" = ${workspaceId} AND l."lastActivityAt" >= ${since}::timestamptz`;
  return rows[0]?.sentAt ?? null;
}

/** The first key of our advisory locks ("sync" in ASCII): others may use advisory locks too. */
const LOCK_CLASS = 0x73796e63;

/**
 * Lets the pages of one person in one after another: of two conversations compared at once, the later one sees which
 * nameless rows the other has named. No lock of the lead's row: who records a message holds the message, then the lead.
 */
async function lockMessagesOf(tx: Tx, leadId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(${LOCK_CLASS}::int, hashtext(${leadId}))::text`;
}

/** Messages before times: who records a message elsewhere does it in this order too, and so nobody waits in a circle. */
async function insertMissing(tx: Tx, page: MessagePage): Promise<{ inserted: number; named: number }> {
  const rows = await tx.$queryRaw<{ inserted: number; named: number }[]>`
    WITH ${comparedWith(page)},
    named AS (
      UPDATE "Message" m SET "externalId" = c."id", "updatedAt" = now()
      FROM compared c WHERE m."id" = c."rowId" AND m."externalId" IS NULL RETURNING 1
    ),
    inserted AS (
      INSERT INTO "Message" ("leadId", "channel", "direction", "kind", "deliveryStatus", "body", "externalId", "sentAt")
      SELECT l."id", 'whatsapp', c."direction", c."kind", c."deliveryStatus", c."body", c."id", c."sentAt"
      FROM compared c JOIN "Lead" l ON l."id" = ${page.leadId}
      WHERE c."rowId" IS NULL
      ON CONFLICT ("leadId", "channel", "externalId") DO NOTHING
      RETURNING "direction", "kind", "deliveryStatus", "sentAt"
    ),
    moved AS (
      UPDATE "Lead" l
      SET "lastInboundAt" = GREATEST(l."lastInboundAt", t."inboundAt"),
          "lastOutboundAt" = GREATEST(l."lastOutboundAt", t."outboundAt"),
          "lastActivityAt" = GREATEST(l."lastActivityAt", t."activityAt")
      FROM (${timesOf(Prisma.sql`inserted`)}) AS t
      WHERE l."id" = ${page.leadId} AND t."activityAt" IS NOT NULL
    )
    SELECT (SELECT count(*) FROM inserted)::int AS "inserted", (SELECT count(*) FROM named)::int AS "named"`;
  return rows[0] ?? { inserted: 0, named: 0 };
}

async function keepNote(
  tx: Tx,
  leadId: string,
  note: RecoveryNote | null,
  inserted: number,
): Promise<RecoveryNote | null> {
  if (inserted === 0) return note;
  if (note === null) return { id: await addRecoveryNote(tx, leadId, inserted), messages: inserted };
  const messages = note.messages + inserted;
  await changeRecoveryNote(tx, note.id, messages);
  return { ...note, messages };
}

/** A reaction is activity and no message. What is dated in the future is held to have happened now. */
function timesOf(messages: Prisma.Sql): Prisma.Sql {
  const latest = (condition: Prisma.Sql) =>
    Prisma.sql`max(LEAST("sentAt", now())) FILTER (WHERE ${IS_ACTIVITY} AND ${condition})`;
  return Prisma.sql`
    SELECT ${latest(Prisma.sql`"direction" = 'inbound' AND "kind" IS NULL`)} AS "inboundAt",
      ${latest(Prisma.sql`"direction" = 'outbound' AND "kind" IS NULL`)} AS "outboundAt",
      ${latest(Prisma.sql`true`)} AS "activityAt"
    FROM ${messages}`;
}
