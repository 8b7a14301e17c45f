import { type Db, type DbOrTx, TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import { confirmLease, type Lease } from "@/lib/db/lease";
import { Prisma } from "@/prisma/generated/client";
import type { ObservedMessage } from "../source";
import { addRecoveryNote, changeRecoveryNote } from "./notes";

/** Messages of one person, as Kapso has them; no id twice. */
export interface MessagePage {
  workspaceId: string;
  leadId: string;
  messages: readonly ObservedMessage[];
}

/** What a comparison found. */
export interface Comparison {
  /** Messages that are on record nowhere in the workspace. */
  missing: number;
  /** Rows of ours that are these messages and lack their ids. */
  nameless: number;
  /** When the latest of the missing ones says that something happened. */
  activityAt: Date | null;
}

/**
 * Compares a page of messages with what is on record. A message is there if any lead of the workspace has its id, or if
 * this lead has a row without one of the same direction and body in the same second; a deleted row is a row.
 */
export async function compareMessages(db: DbOrTx, page: MessagePage): Promise<Comparison> {
  const rows = await db.$queryRaw<Comparison[]>`
    WITH ${comparedWith(page)}
    SELECT (count(*) FILTER (WHERE "rowId" IS NULL))::int AS "missing",
      count("rowId")::int AS "nameless",
      (max("sentAt") FILTER (WHERE "rowId" IS NULL AND ${IS_ACTIVITY})) AS "activityAt"
    FROM compared`;
  return rows[0] ?? { missing: 0, nameless: 0, activityAt: null };
}

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

/** Something that a person did or that reached a person: no notices, and nothing that failed. */
const IS_ACTIVITY = Prisma.sql`("kind" IS NULL OR "kind" = 'reaction')
  AND "deliveryStatus" IS DISTINCT FROM 'failed'`;

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

/**
 * `compared`: the messages that nobody has under their ids, each with the nameless row that it is. Of several that look
 * the same, the first message is the first row, the second the second.
 */
function comparedWith({ workspaceId, leadId, messages }: MessagePage): Prisma.Sql {
  const times = messages.map(({ sentAt }) => sentAt.getTime());
  const [from, to] = [new Date(Math.min(...times)), new Date(Math.max(...times) + 1000)];
  return Prisma.sql`
    given AS (
      SELECT * FROM unnest(
        ${messages.map(({ id }) => id)}::text[], ${messages.map(({ direction }) => direction)}::text[],
        ${messages.map(({ kind }) => kind)}::text[], ${messages.map(({ deliveryStatus }) => deliveryStatus)}::text[],
        ${messages.map(({ body }) => body)}::text[], ${messages.map(({ sentAt }) => sentAt)}::timestamptz[]
      ) AS g("id", "direction", "kind", "deliveryStatus", "body", "sentAt")
    ),
    lacking AS (
      SELECT g.*, row_number() OVER (PARTITION BY g."direction", g."body", g."sentAt" ORDER BY g."id") AS "nth"
      FROM given g
      WHERE NOT EXISTS (
        SELECT 1 FROM "Message" m JOIN "Lead" l ON l."id" = m."leadId"
        WHERE m."channel" = 'whatsapp' AND m."externalId" = g."id" AND l."clientId" = ${workspaceId})
    ),
    nameless AS (
      SELECT m."id" AS "rowId", m."direction", m."body", date_trunc('second', m."sentAt") AS "sentAt",
        row_number() OVER (
          PARTITION BY m."direction", m."body", date_trunc('second', m."sentAt")
          ORDER BY m."sentAt", m."createdAt", m."id") AS "nth"
      FROM "Message" m
      WHERE m."leadId" = ${leadId} AND m."channel" = 'whatsapp' AND m."externalId" IS NULL
        AND m."sentAt" >= ${from}::timestamptz AND m."sentAt" < ${to}::timestamptz
    ),
    compared AS (
      SELECT k.*, n."rowId" FROM lacking k LEFT JOIN nameless n USING ("direction", "body", "sentAt", "nth")
    )`;
}
