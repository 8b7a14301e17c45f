import type { Db } from "@/lib/db/client";

/** A circuit that is not closed. */
export interface OpenCircuit {
  clientId: string;
  provider: string;
  openedAt: Date | null;
  openUntil: Date;
  /** Until a probe may go through; 0 when one may now. */
  cooldownSeconds: number;
  credentialDead: boolean;
  reason: string | null;
}

/** The circuits that are open or half-open, those that opened last first, at most `limit` of them. */
export async function listOpenCircuits(db: Db, limit: number): Promise<OpenCircuit[]> {
  return db.$queryRaw<OpenCircuit[]>`
    SELECT "clientId", "provider", "openedAt", "openUntil", "credentialDead", "reason",
      GREATEST(0, ceil(extract(epoch FROM "openUntil" - clock_timestamp())))::int AS "cooldownSeconds"
    FROM "Circuit" WHERE "openUntil" IS NOT NULL
    ORDER BY "openedAt" DESC NULLS LAST, "clientId", "provider" LIMIT ${limit}::int`;
}

/** How many circuits are open or half-open, by provider. */
export async function countOpenCircuits(db: Db): Promise<{ provider: string; count: number }[]> {
  return db.$queryRaw`
    SELECT "provider", count(*)::int AS "count" FROM "Circuit" WHERE "openUntil" IS NOT NULL
    GROUP BY "provider" ORDER BY "provider"`;
}
