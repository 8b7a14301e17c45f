import type { DbOrTx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ObservedMessage } from "../source";

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
 * this lead has a row without one of the same direction and body in the same second; a deleted row is a row. What a
 * sequence sent, and never heard the name of, has the time at which it left: there a minute is near enough.
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

/** Something that a person did or that reached a person: no notices, and nothing that failed. */
export const IS_ACTIVITY = Prisma.sql`("kind" IS NULL OR "kind" = 'reaction')
  AND "deliveryStatus" IS DISTINCT FROM 'failed'`;

/**
 * How far the provider's time of a sequence's message may be from the time at which it left: more than a request takes,
 * and two clocks differ. A lead gets one such message a day.
 */
const OWN_SEND_OFF_MS = 60_000;

/**
 * `compared`: the messages that nobody has under their ids, each with the nameless row that it is. Of several that look
 * the same, the first message is the first row, the second the second.
 */
export function comparedWith({ workspaceId, leadId, messages }: MessagePage): Prisma.Sql {
  const times = messages.map(({ sentAt }) => sentAt.getTime());
  const [from, to] = [Math.min(...times) - OWN_SEND_OFF_MS, Math.max(...times) + OWN_SEND_OFF_MS].map(
    (ms) => new Date(ms),
  );
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
      SELECT m."id" AS "rowId", m."direction", m."body", m."kind", m."sentAt" AS "rowAt",
        date_trunc('second', m."sentAt") AS "sentAt",
        row_number() OVER (
          PARTITION BY m."direction", m."body", date_trunc('second', m."sentAt")
          ORDER BY m."sentAt", m."createdAt", m."id") AS "nth"
      FROM "Message" m
      WHERE m."leadId" = ${leadId} AND m."channel" = 'whatsapp' AND m."externalId" IS NULL
        AND m."sentAt" >= ${from}::timestamptz AND m."sentAt" < ${to}::timestamptz
    ),
    same AS (
      SELECT k."id", n."rowId" FROM lacking k JOIN nameless n USING ("direction", "body", "sentAt", "nth")
    ),
    near AS (
      SELECT k."id", n."rowId", abs(extract(epoch FROM n."rowAt" - k."sentAt")) * 1000 AS "offMs"
      FROM lacking k JOIN nameless n USING ("direction", "body")
      WHERE n."kind" = 'sequence' AND NOT EXISTS (SELECT 1 FROM same s WHERE s."id" = k."id" OR s."rowId" = n."rowId")
    ),
    nearest AS (
      SELECT DISTINCT ON ("rowId") * FROM near WHERE "offMs" <= ${OWN_SEND_OFF_MS} ORDER BY "rowId", "offMs", "id"
    ),
    own AS (
      SELECT DISTINCT ON ("id") "id", "rowId" FROM nearest ORDER BY "id", "offMs", "rowId"
    ),
    compared AS (
      SELECT k.*, COALESCE(s."rowId", o."rowId") AS "rowId"
      FROM lacking k LEFT JOIN same s ON s."id" = k."id" LEFT JOIN own o ON o."id" = k."id"
    )`;
}
