import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { SendChannel, SenderProvider, SendingWorkspace } from "../sender";
import { isDue, isOpenChannel, isSendingSequence } from "./claims";

/**
 * So many of a sequence's due instances are looked at. The first that can be done ends the search: only instances of which
 * nothing can be made, since their lead opted out or their channel is closed, are ever passed over.
 */
const LOOKED_AT_MAX = 500;

/** A channel on which nothing can be sent for a workspace now. */
export interface ClosedChannel {
  workspaceId: string;
  channel: SendChannel;
}

/**
 * Since when the step that has been due longest has been due, of all that a run could do now; null when there is none.
 *
 * Exact while no sequence has more than `LOOKED_AT_MAX` due instances in front that no run could do anything about; those
 * behind them are left out.
 */
export async function findOldestDue(db: Db, now: Date, closed: readonly ClosedChannel[]): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ since: Date | null }[]>(oldestDueQuery(now, closed));
  return row?.since ?? null;
}

/** The statement behind `findOldestDue`, for whoever wants to see its plan. */
export function oldestDueQuery(now: Date, closed: readonly ClosedChannel[]): Prisma.Sql {
  return Prisma.sql`
    SELECT min(oldest."nextStepDue")::timestamptz(3) AS "since" FROM "FollowUpSequence" s
    JOIN "Client" c ON c."id" = s."clientId"
    LEFT JOIN (
      SELECT k."clientId", array_agg(k."channel") AS "channels"
      FROM unnest(
        ${closed.map(({ workspaceId }) => workspaceId)}::text[], ${closed.map(({ channel }) => channel)}::text[]
      ) AS k("clientId", "channel") GROUP BY k."clientId"
    ) AS closed ON closed."clientId" = c."id"
    CROSS JOIN LATERAL (
      SELECT i."nextStepDue" FROM (
        SELECT * FROM "FollowUpInstance"
        WHERE "sequenceId" = s."id" AND "status" = 'active' AND "nextStepDue" <= ${now}::timestamptz
        ORDER BY "nextStepDue", "id" LIMIT ${LOOKED_AT_MAX}::int
      ) AS i JOIN "Lead" l ON l."id" = i."leadId"
      WHERE ${isDue({ now })} AND (closed."channels" IS NULL OR ${isOpenChannel(Prisma.sql`closed."channels"`)})
      ORDER BY i."nextStepDue" LIMIT 1
    ) AS oldest
    WHERE ${isSendingSequence({ now })}`;
}

/** The workspaces with a circuit that is not closed, each with what its messages go through and which circuits those are. */
export async function readBrokenWorkspaces(
  db: Db,
): Promise<{ workspace: SendingWorkspace; providers: SenderProvider[] }[]> {
  const rows = await db.$queryRaw<(SendingWorkspace & { providers: SenderProvider[] })[]>`
    SELECT c."id", c."ghlLocationId", c."ghlPrivateKey", c."kapsoPhoneId", c."kapsoApiKey", c."metaAccessToken",
      array_agg(t."provider") AS "providers"
    FROM "Circuit" t JOIN "Client" c ON c."id" = t."clientId"
    WHERE t."openUntil" IS NOT NULL AND t."provider" IN ('GHL', 'KAPSO') GROUP BY c."id"`;
  return rows.map(({ providers, ...workspace }) => ({ workspace, providers }));
}
