import type { Tx } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import type { ThreadKey } from "../records";
import { listThreads } from "./recompute";

/**
 * Threads are locked by their lead, and leads by one of so many advisory locks of the transaction. A lock for each
 * thread would need as many places in the server's lock table as all batches together have threads, and that table is
 * shared with everybody; these never need more than this, whatever the batches and however many processes.
 */
const LOCK_SLOTS = 1024;

/** A part of all leads, by their locks: no two shares of the same number ever wait for each other's locks. */
export interface LeadShare {
  /** From 0. */
  index: number;
  /** Into how many all leads are divided: a power of two, and no more than there are locks. */
  of: number;
}

/** A condition: the lead whose id is in this column belongs to the share. */
export function isInShare(column: Prisma.Sql, { index, of }: LeadShare): Prisma.Sql {
  return of === 1 ? Prisma.sql`true` : Prisma.sql`hashtext(${column}) & ${of - 1}::int = ${index}::int`;
}

/** The first key of our advisory locks ("time" in ASCII): others may use advisory locks too. */
const LOCK_CLASS = 0x74696d65;

export interface LockedThreads {
  /** Those asked for that this transaction now has. */
  locked: ThreadKey[];
  /**
   * Threads in which messages of events live that are filed under one of those, be they among those themselves. To be
   * recomputed with them, and as a whole, so that an event follows its message in one step.
   */
  homes: ThreadKey[];
}

/**
 * Reserves threads for this transaction until its end, against every other recomputation of them. Call it once in a
 * transaction, and recompute in a later statement. `try` leaves those out that others have; `wait` waits for them, in
 * one order for all who do, so that none waits for another in a circle.
 */
export async function lockThreads(tx: Tx, threads: readonly ThreadKey[], mode: "try" | "wait"): Promise<LockedThreads> {
  const rows = await tx.$queryRaw<(ThreadKey & { isHome: boolean })[]>`
    WITH "wanted" AS MATERIALIZED (${listThreads(threads)}),
    "homes" AS MATERIALIZED (
      SELECT DISTINCT w."leadId", w."channel", m."leadId" AS "homeLeadId", m."channel" AS "homeChannel"
      FROM "wanted" w
      CROSS JOIN LATERAL (
        SELECT m."leadId", m."channel"
        FROM "ResponseTimingEvent" e JOIN "Message" m ON m."id" = e."inboundMessageId"
        WHERE e."leadId" = w."leadId" AND e."channel" = w."channel" OFFSET 0
      ) AS m
      WHERE (m."leadId", m."channel") IS DISTINCT FROM (w."leadId", w."channel")
    ),
    "slots" AS MATERIALIZED (
      SELECT ${slotOf("leadId")} AS "slot" FROM "wanted" UNION SELECT ${slotOf("homeLeadId")} FROM "homes" ORDER BY 1
    ),
    "taken" AS MATERIALIZED (${takeSlots(mode)}),
    "locked" AS MATERIALIZED (
      SELECT w."leadId", w."channel" FROM "wanted" w
      WHERE ${slotOf("leadId")} IN (TABLE "taken") AND (w."leadId", w."channel") NOT IN (
        SELECT "leadId", "channel" FROM "homes" WHERE ${slotOf("homeLeadId")} NOT IN (TABLE "taken")
      )
    )
    SELECT "leadId", "channel", false AS "isHome" FROM "locked"
    UNION
    SELECT "homeLeadId", "homeChannel", true FROM "homes" WHERE ("leadId", "channel") IN (TABLE "locked")`;
  const keysWhere = (isHome: boolean) =>
    rows.filter((row) => row.isHome === isHome).map(({ leadId, channel }) => ({ leadId, channel }));
  return { locked: keysWhere(false), homes: keysWhere(true) };
}

function takeSlots(mode: "try" | "wait"): Prisma.Sql {
  if (mode === "try") {
    return Prisma.sql`SELECT "slot" FROM "slots" WHERE pg_try_advisory_xact_lock(${LOCK_CLASS}::int, "slot")`;
  }
  // What the lock returns is nothing that can be selected, but asking for it as text is asking for the lock.
  return Prisma.sql`SELECT "slot" FROM "slots" WHERE pg_advisory_xact_lock(${LOCK_CLASS}::int, "slot")::text IS NOT NULL`;
}

function slotOf(column: string): Prisma.Sql {
  return Prisma.raw(`(hashtext("${column}") & ${LOCK_SLOTS - 1})`);
}
