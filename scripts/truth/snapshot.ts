import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";

/** The rows that a run may change, by table and id, each as text, without the watermarks that every run moves. */
export type Snapshot = ReadonlyMap<string, string>;

const TABLES = [
  "Client",
  "Lead",
  "Appointment",
  "FollowUpSequence",
  "FollowUpStep",
  "FollowUpInstance",
  "FollowUpTask",
  "Message",
  "ResponseTimingEvent",
  "LeadNote",
];
const WATERMARKS = [
  ...["appointmentReconciledAt", "appointmentLastCheckedAt"],
  ...["backgroundSyncedAt", "messagesVerifiedAt"],
];

export async function takeSnapshot(db: Db): Promise<Snapshot> {
  const selects = TABLES.map(
    (table) =>
      Prisma.sql`SELECT ${table} || ' ' || "id" AS "key", (to_jsonb(t) - ${WATERMARKS}::text[])::text AS "row"
        FROM ${Prisma.raw(`"${table}"`)} AS t`,
  );
  const rows = await db.$queryRaw<{ key: string; row: string }[]>`${Prisma.join(selects, " UNION ALL ")}`;
  return new Map(rows.map(({ key, row }) => [key, row]));
}

/** The rows that were added, changed or removed between two snapshots. */
export function changedRows(before: Snapshot, after: Snapshot): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key));
}
