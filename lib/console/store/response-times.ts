import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeTimeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

export interface TurnRow {
  id: string;
  leadId: string;
  lead: string;
  channel: string;
  inboundSentAt: Date;
  aiMs: number | null;
  setterMs: number | null;
  setterSameTurn: boolean | null;
  anomaly: string | null;
}

/** What a page of turns is about. */
export interface TurnScope {
  clientId: string;
  from: Date;
  to: Date;
  after?: string | undefined;
}

/** A page of a workspace's answered turns, the newest first. */
export async function listTurns(db: Db, { clientId, from, to, after }: TurnScope): Promise<Page<TurnRow>> {
  const key = decodeTimeKey(after);
  const until =
    key === null ? Prisma.sql`true` : Prisma.sql`(r."inboundSentAt", r."id") < (${key.at}::timestamptz, ${key.id})`;
  const rows = await db.$queryRaw<TurnRow[]>`
    SELECT r."id", r."leadId", r."channel", r."inboundSentAt", r."aiResponseMs"::float8 AS "aiMs",
      r."setterResponseMs"::float8 AS "setterMs", r."setterSameTurn", r."anomaly",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "lead"
    FROM "ResponseTimingEvent" r JOIN "Lead" l ON l."id" = r."leadId"
    WHERE r."clientId" = ${clientId} AND r."inboundSentAt" >= ${from}::timestamptz AND r."inboundSentAt" < ${to}::timestamptz
      AND ${until}
    ORDER BY r."inboundSentAt" DESC, r."id" DESC LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(
    rows.map((row) => ({ ...row, lead: scrub(row.lead) })),
    (row) => [row.inboundSentAt.toISOString(), row.id],
  );
}

export interface WaitingRow {
  leadId: string;
  lead: string;
  channel: string;
  waitingSince: Date;
}

/**
 * Who waits longest: of the leads that wrote last within the period, up to `leadsMax` of them, those of whose threads
 * the last word is theirs. Goes by when a lead is said to have written last, which every writer of messages keeps.
 */
export async function listWaiting(
  db: Db,
  { clientId, from, to, leadsMax }: { clientId: string; from: Date; to: Date; leadsMax: number },
): Promise<WaitingRow[]> {
  const rows = await db.$queryRaw<WaitingRow[]>`
    WITH lately AS (
      SELECT "id", "firstName", "lastName" FROM "Lead"
      WHERE "clientId" = ${clientId} AND "lastInboundAt" >= ${from}::timestamptz AND "lastInboundAt" < ${to}::timestamptz
      ORDER BY "lastInboundAt", "id" LIMIT ${leadsMax}::int
    )
    SELECT l."id" AS "leadId", m."channel", m."sentAt" AS "waitingSince",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "lead"
    FROM lately l
    CROSS JOIN (VALUES ('sms'), ('email'), ('linkedin'), ('whatsapp')) AS k("channel")
    CROSS JOIN LATERAL (
      SELECT "channel", "direction", "sentAt" FROM "Message"
      WHERE "leadId" = l."id" AND "channel" = k."channel"
        AND response_timing_eligible("direction", "kind", "deliveryStatus", "deletedAt")
      ORDER BY "sentAt" DESC, "createdAt" DESC, "id" COLLATE "C" DESC LIMIT 1
    ) AS m
    WHERE m."direction" = 'inbound' AND m."sentAt" >= ${from}::timestamptz AND m."sentAt" < ${to}::timestamptz
    ORDER BY m."sentAt", l."id" LIMIT ${PAGE_SIZE}::int`;
  return rows.map((row) => ({ ...row, lead: scrub(row.lead) }));
}

export interface TurnView extends TurnRow {
  clientId: string;
  workspace: string;
  streakStartedAt: Date;
  streakCount: number;
  firstResponder: string | null;
  aiResponseSentAt: Date | null;
  setterResponseSentAt: Date | null;
  aiDelayMinSeconds: number | null;
  aiDelayMaxSeconds: number | null;
  aiChosenDelaySeconds: number | null;
  aiActualDelaySeconds: number | null;
  aiScheduledRunAt: Date | null;
  aiJobStartedAt: Date | null;
  aiJobFinishedAt: Date | null;
  /** The messages that it is about, as far as they still exist: what, when, by whom. Not a word of them. */
  messages: {
    role: string;
    direction: string;
    sentBy: string | null;
    kind: string | null;
    sentAt: string;
    storedAt: string;
  }[];
}

/** One turn with its messages' metadata; null when there is none. */
export async function readTurn(db: Db, id: string): Promise<TurnView | null> {
  const [row] = await db.$queryRaw<TurnView[]>`
    SELECT r."id", r."clientId", r."leadId", r."channel", r."inboundSentAt", r."aiResponseMs"::float8 AS "aiMs",
      r."setterResponseMs"::float8 AS "setterMs", r."setterSameTurn", r."anomaly", r."streakStartedAt", r."streakCount",
      r."firstResponder", r."aiResponseSentAt", r."setterResponseSentAt", r."aiDelayMinSeconds", r."aiDelayMaxSeconds",
      r."aiChosenDelaySeconds", r."aiActualDelaySeconds", r."aiScheduledRunAt", r."aiJobStartedAt", r."aiJobFinishedAt",
      w."name" AS "workspace",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "lead",
      COALESCE((
        SELECT jsonb_agg(jsonb_build_object(
          'role', n."role", 'direction', m."direction", 'sentBy', m."sentBy", 'kind', m."kind",
          'sentAt', to_char(m."sentAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
          'storedAt', to_char(m."createdAt" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY m."sentAt")
        FROM (VALUES ('the lead’s last', r."inboundMessageId"), ('the AI’s answer', r."aiResponseMessageId"),
          ('the people’s answer', r."setterResponseMessageId")) AS n("role", "messageId")
        JOIN "Message" m ON m."id" = n."messageId"
      ), '[]') AS "messages"
    FROM "ResponseTimingEvent" r JOIN "Lead" l ON l."id" = r."leadId" JOIN "Client" w ON w."id" = r."clientId"
    WHERE r."id" = ${id}`;
  return row ? { ...row, lead: scrub(row.lead) } : null;
}
