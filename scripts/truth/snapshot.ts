import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";

/** The rows that a run may change, by table and id, each as text, without the watermarks that every run moves. */
export type Snapshot = ReadonlyMap<string, string>;

/** With the columns that tell one row of a table from the others. */
const TABLES = {
  Client: ["id"],
  Lead: ["id"],
  Appointment: ["id"],
  FollowUpSequence: ["id"],
  FollowUpStep: ["id"],
  FollowUpInstance: ["id"],
  FollowUpTask: ["id"],
  FollowUpSend: ["instanceId", "round", "stepOrder"],
  Message: ["id"],
  ResponseTimingEvent: ["id"],
  LeadNote: ["id"],
};
const WATERMARKS = [
  "appointmentReconciledAt",
  "appointmentLastCheckedAt",
  "followUpsServedAt",
  "backgroundSyncedAt",
  "messagesVerifiedAt",
  // Who is dealing with a row is nothing about it.
  "claimToken",
  "claimExpiresAt",
];

export async function takeSnapshot(db: Db): Promise<Snapshot> {
  const selects = Object.entries(TABLES).map(([table, columns]) => {
    const key = Prisma.join(
      columns.map((column) => Prisma.raw(`t."${column}"`)),
      ", ",
    );
    return Prisma.sql`SELECT concat_ws(' ', ${table}::text, ${key}) AS "key",
        (to_jsonb(t) - ${WATERMARKS}::text[])::text AS "row"
      FROM ${Prisma.raw(`"${table}"`)} AS t`;
  });
  const rows = await db.$queryRaw<{ key: string; row: string }[]>`${Prisma.join(selects, " UNION ALL ")}`;
  return new Map(rows.map(({ key, row }) => [key, row]));
}

/** The rows that were added, changed or removed between two snapshots. */
export function changedRows(before: Snapshot, after: Snapshot): string[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].filter((key) => before.get(key) !== after.get(key));
}
