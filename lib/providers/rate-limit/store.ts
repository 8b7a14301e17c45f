import { type Db, TRANSACTION_LIMITS } from "@/lib/db/client";
import { type Exchange, exchange, type Slot, type Window, type WindowLimits } from "./window";

interface RateLimitRow {
  slotGrants: string[];
  slotFreeAt: Date[];
  slotCounts: number[];
  blockedUntil: Date | null;
  now: Date;
}

/**
 * Exchanges finished requests for new tokens on an account, one holder at a time. Until it commits, no other process
 * sees or takes anything of the account's window. Times are the database's.
 */
export async function exchangeTokens(
  db: Db,
  account: string,
  request: Exchange,
  limits: WindowLimits,
): Promise<{ granted: number; waitMs: number }> {
  return db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<RateLimitRow[]>`
      INSERT INTO "RateLimit" ("account") VALUES (${account})
      ON CONFLICT ("account") DO UPDATE SET "account" = excluded."account"
      RETURNING "slotGrants", "slotFreeAt", "slotCounts", "blockedUntil", clock_timestamp()::timestamptz(3) AS "now"`;
    if (!row) throw new Error(`The rate limit of ${account} could not be read.`);
    const { window, granted, waitMs } = exchange(toWindow(row), row.now.getTime(), request, limits);
    await tx.$executeRaw`
      UPDATE "RateLimit"
      SET "slotGrants" = ${window.slots.map((slot) => slot.holder ?? "")}::text[],
          "slotFreeAt" = ${window.slots.map((slot) => new Date(slot.freeAtMs))}::timestamptz[],
          "slotCounts" = ${window.slots.map((slot) => slot.count)}::int[]
      WHERE "account" = ${account}`;
    return { granted, waitMs };
  }, TRANSACTION_LIMITS);
}

/** Nobody is granted a token of the account for `ms` from now. A longer wait that is already there stays. */
export async function blockAccount(db: Db, account: string, ms: number): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "RateLimit" AS r ("account", "blockedUntil")
    VALUES (${account}, clock_timestamp() + ${Math.ceil(ms)}::int * interval '1 millisecond')
    ON CONFLICT ("account") DO UPDATE
      SET "blockedUntil" = GREATEST(COALESCE(r."blockedUntil", excluded."blockedUntil"), excluded."blockedUntil")`;
}

function toWindow(row: RateLimitRow): Window {
  const slots = row.slotFreeAt.map((freeAt, index): Slot => {
    const holder = row.slotGrants[index];
    return { holder: holder ? holder : null, count: row.slotCounts[index] ?? 0, freeAtMs: freeAt.getTime() };
  });
  return { slots, blockedUntilMs: row.blockedUntil?.getTime() ?? null };
}
