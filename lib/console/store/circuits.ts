import { scrub } from "@/lib/core/scrub";
import type { Db } from "@/lib/db/client";

export interface CircuitRow {
  clientId: string;
  workspace: string;
  provider: string;
  openedAt: Date | null;
  openUntil: Date;
  reason: string | null;
  /** The cool-down is over: the next check goes through and decides. */
  halfOpen: boolean;
}

/** Circuits that are not closed, by the database's clock, those that opened last first; at most `limit`. */
export async function listOpenCircuits(db: Db, limit: number): Promise<CircuitRow[]> {
  const rows = await db.$queryRaw<CircuitRow[]>`
    SELECT c."clientId", w."name" AS "workspace", c."provider", c."openedAt", c."openUntil", c."reason",
      c."openUntil" <= clock_timestamp() AS "halfOpen"
    FROM "Circuit" c JOIN "Client" w ON w."id" = c."clientId"
    WHERE c."openUntil" IS NOT NULL
    ORDER BY c."openedAt" DESC NULLS LAST, c."clientId", c."provider" LIMIT ${limit}::int`;
  return rows.map((row) => ({ ...row, reason: row.reason === null ? null : scrub(row.reason) }));
}
