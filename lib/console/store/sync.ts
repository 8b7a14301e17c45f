import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";

export interface SyncRow {
  id: string;
  runAt: Date;
  contactsChecked: number;
  staleFound: number;
  flagged: number;
  verified: number;
  missed: number;
  error: string | null;
}

/** The latest syncs of a workspace, newest first, at most `limit`. */
export async function listSyncs(db: Db, clientId: string, limit: number): Promise<SyncRow[]> {
  const rows = await db.syncHealth.findMany({ where: { clientId }, orderBy: { runAt: "desc" }, take: limit });
  return rows.map(({ id, runAt, contactsChecked, staleFound, flagged, verified, missed, error }) => ({
    ...{ id, runAt, contactsChecked, staleFound, flagged, verified, missed },
    error: error === null ? null : scrub(error),
  }));
}
