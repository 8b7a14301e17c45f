import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { decodeKey, PAGE_SIZE, type Page, toPage } from "../rules/keyset";

/** How a lead's record can contradict itself. */
export const MISMATCH_KINDS = ["said_booked", "marked_booked", "unmarked_meeting", "lost_meeting"] as const;
export type MismatchKind = (typeof MISMATCH_KINDS)[number];

export interface MismatchRow {
  id: string;
  clientId: string;
  workspace: string;
  name: string;
  status: string;
  sentimentTag: string | null;
  appointmentStatus: string | null;
  startAt: Date | null;
  lastCheckedAt: Date | null;
  failures: number;
  /** The meeting's end as the list is ordered by it; empty for the other kinds. */
  place: string;
}

const MEETING_END = Prisma.sql`COALESCE(l."appointmentEndAt", l."appointmentStartAt")`;

/** Each in the words of the partial index that holds just those leads. */
const CONDITIONS: Record<MismatchKind, Prisma.Sql> = {
  said_booked: Prisma.sql`l."appointmentStatus" IS NULL
    AND lower(l."sentimentTag") ~ '^(meeting|call|appointment|demo)?[ _-]*booked$'`,
  marked_booked: Prisma.sql`l."appointmentStatus" IS NULL AND l."status" = 'meeting-booked'`,
  unmarked_meeting: Prisma.sql`l."appointmentStatus" = 'confirmed' AND l."status" NOT IN
    ('meeting-booked', 'blacklisted', 'unqualified', 'not-interested', 'archived', 'converted')
    AND ${MEETING_END} > now()`,
  lost_meeting: Prisma.sql`l."status" = 'meeting-booked' AND l."appointmentStatus" IN ('canceled', 'rescheduled')`,
};

/** A page of leads whose record contradicts itself in one way: by id, or the next meeting first. */
export async function listMismatches(
  db: Db,
  kind: MismatchKind,
  { clientId, after }: { clientId?: string | undefined; after?: string | undefined },
): Promise<Page<MismatchRow>> {
  const byEnd = kind === "unmarked_meeting";
  const order = byEnd ? Prisma.sql`${MEETING_END}, l."id"` : Prisma.sql`l."id"`;
  const conditions = [
    CONDITIONS[kind],
    ...(clientId === undefined ? [] : [Prisma.sql`l."clientId" = ${clientId}`]),
    ...afterKey(after, byEnd),
  ];
  const rows = await db.$queryRaw<MismatchRow[]>`
    SELECT l."id", l."clientId", w."name" AS "workspace",
      COALESCE(NULLIF(btrim(concat_ws(' ', l."firstName", l."lastName")), ''), 'Lead without a name') AS "name",
      l."status", l."sentimentTag", l."appointmentStatus", l."appointmentStartAt" AS "startAt",
      l."appointmentLastCheckedAt" AS "lastCheckedAt", l."appointmentCheckFailures" AS "failures",
      ${byEnd ? Prisma.sql`to_char(${MEETING_END} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : Prisma.sql`''`}
        AS "place"
    FROM "Lead" l JOIN "Client" w ON w."id" = l."clientId"
    WHERE ${Prisma.join(conditions, " AND ")} ORDER BY ${order} LIMIT ${PAGE_SIZE + 1}::int`;
  return toPage(rows.map(withoutSecrets), (row) => [row.place, row.id]);
}

function afterKey(after: string | undefined, byEnd: boolean): Prisma.Sql[] {
  const [place, id] = decodeKey(after, 2) ?? [];
  if (place === undefined || id === undefined) return [];
  if (!byEnd) return [Prisma.sql`l."id" > ${id}`];
  const end = new Date(place);
  return Number.isNaN(end.getTime()) ? [] : [Prisma.sql`(${MEETING_END}, l."id") > (${end}::timestamptz, ${id})`];
}

/** Beyond this a kind's leads are "more than". */
export const MISMATCHES_COUNTED_MAX = 1_000;

/** How many leads there are of each kind, counted up to `MISMATCHES_COUNTED_MAX`, in one statement. */
export async function countMismatches(db: Db): Promise<Record<MismatchKind, number>> {
  const counts = MISMATCH_KINDS.map(
    (kind) => Prisma.sql`
      (SELECT count(*)::int FROM (
        SELECT 1 FROM "Lead" l WHERE ${CONDITIONS[kind]} LIMIT ${MISMATCHES_COUNTED_MAX}::int
      ) AS c) AS ${Prisma.raw(`"${kind}"`)}`,
  );
  const [row] = await db.$queryRaw<Record<MismatchKind, number>[]>`SELECT ${Prisma.join(counts, ", ")}`;
  return row ?? { said_booked: 0, marked_booked: 0, unmarked_meeting: 0, lost_meeting: 0 };
}

/** Names, tags and statuses are free text: what looks like an address or a number is taken out. */
function withoutSecrets(row: MismatchRow): MismatchRow {
  const sentimentTag = row.sentimentTag === null ? null : scrub(row.sentimentTag);
  return { ...row, name: scrub(row.name), status: scrub(row.status), sentimentTag };
}
