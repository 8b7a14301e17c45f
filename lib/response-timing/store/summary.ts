import { MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";

/** What a summary is about: turns of one workspace whose last message was sent from `from` to before `to`. */
export interface SummaryScope {
  clientId: string;
  from: Date;
  to: Date;
  /** Where the period's days begin, the first of them at `from`. */
  dayStarts: readonly Date[];
}

/** Which part of the scope a row is about: all of it, one channel, or one day (counted from 1). */
interface Part {
  channel: string | null;
  day: number | null;
}

/** What the answered turns of a part come to. Durations are in milliseconds; percentiles are null without any. */
export interface TurnsRow extends Part {
  turns: number;
  laterTurns: number;
  anomalies: number;
  setterCount: number;
  setterPercentiles: number[] | null;
  setterWithin: number[];
  setterAnomalies: number;
  aiCount: number;
  aiPercentiles: number[] | null;
  aiWithin: number[];
  aiAnomalies: number;
  splitCount: number;
  splitOutOfOrder: number;
  aiTotalMs: number;
  draftingTotalMs: number;
  chosenTotalMs: number;
  queueTotalMs: number;
  sendTotalMs: number;
}

export interface UnansweredRow extends Part {
  unanswered: number;
}

/** The time that somebody really waited for such an answer, not a mean of two: half of all, nine tenths waited no longer. */
export const PERCENTILES = [0.5, 0.9] as const;

/** Answers are counted that came within so many minutes, to the millisecond. */
export const WITHIN_MINUTES = [1, 5, 15, 60] as const;

/** The zone of a workspace's calendar; null if there is no such workspace. */
export async function readTimeZone(db: Db, clientId: string): Promise<string | null> {
  const row = await db.client.findUnique({ where: { id: clientId }, select: { timezone: true } });
  return row?.timezone ?? null;
}

/**
 * Sums up the rows of a scope, in one statement over their index: altogether, by channel and by day. A setter's answer
 * counts for its duration where it came in the same turn; durations that a wrong clock spoiled are counted, and are in
 * no figure. Days and channels without turns are left out.
 */
export async function summarizeTurns(db: Db, scope: SummaryScope): Promise<TurnsRow[]> {
  const { clientId, from, to } = scope;
  return db.$queryRaw<TurnsRow[]>`
    WITH "turn" AS (
      SELECT "channel", ${dayOf(Prisma.sql`"inboundSentAt"`, scope)} AS "day", "anomaly",
        "setterSameTurn" IS FALSE AS "isLater",
        CASE WHEN "setterSameTurn" THEN "setterResponseMs" END AS "setterMs",
        "setterSameTurn" AND "setterResponseMs" IS NULL AS "setterOdd",
        "aiResponseMs" AS "aiMs",
        "aiResponseMessageId" IS NOT NULL AND "aiResponseMs" IS NULL AS "aiOdd",
        ${DELAY_PARTS}
      FROM "ResponseTimingEvent"
      WHERE "clientId" = ${clientId} AND "inboundSentAt" >= ${from}::timestamptz AND "inboundSentAt" < ${to}::timestamptz
    ), "split" AS (
      SELECT *, num_nulls("aiMs", "draftingMs", "chosenMs", "queueMs", "sendMs") = 0 AS "isSplit" FROM "turn"
    )
    SELECT "channel", "day", count(*)::float8 AS "turns",
      count(*) FILTER (WHERE "isLater")::float8 AS "laterTurns",
      count(*) FILTER (WHERE "anomaly" IS NOT NULL)::float8 AS "anomalies",
      ${figuresOf("setter")},
      ${figuresOf("ai")},
      count(*) FILTER (WHERE "isSplit")::float8 AS "splitCount",
      count(*) FILTER (WHERE "isSplit" AND ("queueMs" < 0 OR "sendMs" < 0))::float8 AS "splitOutOfOrder",
      ${Prisma.join([totalOf("ai"), totalOf("drafting"), totalOf("chosen"), totalOf("queue"), totalOf("send")])}
    FROM "split" GROUP BY ${PARTS}
    ORDER BY "channel", "day"`;
}

/**
 * Counts the threads of a workspace that wait for us: their last eligible message is inbound, and was sent within the
 * scope. Altogether, by channel and by day, in one statement that looks at the end of each thread through its index.
 */
export async function countUnanswered(db: Db, scope: SummaryScope): Promise<UnansweredRow[]> {
  const { clientId, from, to } = scope;
  return db.$queryRaw<UnansweredRow[]>`
    WITH "open" AS (
      SELECT k."channel", ${dayOf(Prisma.sql`m."sentAt"`, scope)} AS "day"
      FROM "Lead" l
      CROSS JOIN (VALUES ('sms'), ('email'), ('linkedin'), ('whatsapp')) AS k("channel")
      CROSS JOIN LATERAL (
        SELECT m."direction", m."sentAt" FROM "Message" m
        WHERE m."leadId" = l."id" AND m."channel" = k."channel"
          AND response_timing_eligible(m."direction", m."kind", m."deliveryStatus", m."deletedAt")
        ORDER BY m."sentAt" DESC, m."createdAt" DESC, m."id" COLLATE "C" DESC LIMIT 1
      ) AS m
      WHERE l."clientId" = ${clientId} AND m."direction" = 'inbound'
        AND m."sentAt" >= ${from}::timestamptz AND m."sentAt" < ${to}::timestamptz
    )
    SELECT "channel", "day", count(*)::float8 AS "unanswered" FROM "open" GROUP BY ${PARTS} ORDER BY "channel", "day"`;
}

const PARTS = Prisma.sql`GROUPING SETS ((), ("channel"), ("day"))`;

/** The days were worked out in the workspace's zone: the database only has to find the one that a time falls on. */
function dayOf(time: Prisma.Sql, { dayStarts }: SummaryScope): Prisma.Sql {
  return Prisma.sql`width_bucket(${time}, ${[...dayStarts]}::timestamptz(3)[])`;
}

/**
 * From the lead's message to the answer without a gap: until the job was set, the delay that was chosen, until the job
 * began, until the answer was sent. When the job was over is later than all that a lead waits for. The first part is
 * less than nothing where the lead went on writing while the delay already ran.
 */
const DELAY_PARTS = Prisma.sql`
        ${milliseconds(Prisma.sql`"aiScheduledRunAt" - make_interval(secs => "aiChosenDelaySeconds") - "inboundSentAt"`)} AS "draftingMs",
        "aiChosenDelaySeconds" * 1000::bigint AS "chosenMs",
        ${milliseconds(Prisma.sql`"aiJobStartedAt" - "aiScheduledRunAt"`)} AS "queueMs",
        ${milliseconds(Prisma.sql`"aiResponseSentAt" - "aiJobStartedAt"`)} AS "sendMs"`;

/** An interval without months, exactly: times here are whole milliseconds. */
function milliseconds(interval: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`(EXTRACT(EPOCH FROM ${interval}) * 1000)::bigint`;
}

/** The figures of one responder, from the columns "<name>Ms" and "<name>Odd". */
function figuresOf(name: "setter" | "ai"): Prisma.Sql {
  const column = (suffix: string) => Prisma.raw(`"${name}${suffix}"`);
  const within = WITHIN_MINUTES.map(
    (minutes) => Prisma.sql`count(*) FILTER (WHERE ${column("Ms")} <= ${minutes * MINUTE_MS}::bigint)::float8`,
  );
  return Prisma.sql`
      count(${column("Ms")})::float8 AS ${column("Count")},
      (percentile_disc(${[...PERCENTILES]}::float8[]) WITHIN GROUP (ORDER BY ${column("Ms")}))::float8[]
        AS ${column("Percentiles")},
      ARRAY[${Prisma.join(within)}] AS ${column("Within")},
      count(*) FILTER (WHERE ${column("Odd")})::float8 AS ${column("Anomalies")}`;
}

/** What the answers whose delay can be split took, altogether. */
function totalOf(part: "ai" | "drafting" | "chosen" | "queue" | "send"): Prisma.Sql {
  return Prisma.sql`
      COALESCE(sum(${Prisma.raw(`"${part}Ms"`)}) FILTER (WHERE "isSplit"), 0)::float8 AS ${Prisma.raw(`"${part}TotalMs"`)}`;
}
