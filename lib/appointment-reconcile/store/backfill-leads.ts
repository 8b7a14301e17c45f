import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ProviderName } from "../source";

/** Whom a backfill is about: wrote to us, can be asked about, and was never checked or last before `staleBefore`. */
export interface BackfillScope {
  workspace: { id: string; provider: ProviderName };
  staleBefore: Date;
}

/** The next leads by id after `afterId`, at most `limit`. Every page costs the same, however far the walk has come. */
export async function findBackfillPage(
  db: Db,
  scope: BackfillScope,
  afterId: string | null,
  limit: number,
): Promise<string[]> {
  const rows = await db.$queryRaw<{ id: string }[]>`
    SELECT l."id" FROM "Lead" l
    WHERE ${inScope(scope)} ${afterId === null ? Prisma.empty : Prisma.sql`AND l."id" > ${afterId}`}
    ORDER BY l."id" LIMIT ${limit}::int`;
  return rows.map((row) => row.id);
}

/** How many leads there are after `afterId`, for the estimate of when it will be done. */
export async function countBackfillLeads(db: Db, scope: BackfillScope, afterId: string | null): Promise<number> {
  const rows = await db.$queryRaw<{ count: number }[]>`
    SELECT count(*)::int AS "count" FROM "Lead" l
    WHERE ${inScope(scope)} ${afterId === null ? Prisma.empty : Prisma.sql`AND l."id" > ${afterId}`}`;
  return rows[0]?.count ?? 0;
}

function inScope({ workspace, staleBefore }: BackfillScope): Prisma.Sql {
  return Prisma.sql`l."clientId" = ${workspace.id} AND l."lastInboundAt" IS NOT NULL
    AND (l."appointmentLastCheckedAt" IS NULL OR l."appointmentLastCheckedAt" < ${staleBefore})
    AND (l."email" IS NOT NULL OR ${workspace.provider === "GHL" ? GHL_IDS : CALENDLY_IDS})`;
}

const GHL_IDS = Prisma.sql`l."ghlContactId" IS NOT NULL OR l."ghlAppointmentId" IS NOT NULL`;
const CALENDLY_IDS = Prisma.sql`l."calendlyInviteeUri" IS NOT NULL`;
