import { randomUUID } from "node:crypto";
import { CutOffError } from "@/lib/core/errors";
import type { Db, DbOrTx } from "./client";

/**
 * A killed process keeps its lease for at most this long. Short enough that the next run takes over soon; three times
 * the renewal, so that two lost renewals lose nothing.
 */
export const LEASE_TTL_MS = 30_000;

/** The right to work on something, while `signal` has not aborted. A lease saves work; constraints save truth. */
export interface Lease {
  readonly key: string;
  /** Grows with every new holder, so that a holder who slept past its time is told apart from the present one. */
  readonly fence: bigint;
  /** Aborts when the lease was lost or could not be renewed in time. */
  readonly signal: AbortSignal;
  /** Gives it back at once. Never throws: what is not given back runs out by itself. */
  release(): Promise<void>;
}

/** Takes the lease on `key` and keeps it renewed until it is released; null when somebody else has it. */
export async function acquireLease(db: Db, key: string, ttlMs = LEASE_TTL_MS): Promise<Lease | null> {
  const owner = randomUUID();
  const takenAt = performance.now();
  const taken = await takeLease(db, { key, owner, ttlMs });
  if (!taken) return null;
  const { fence } = taken;
  const lost = new AbortController();
  const loseIt = () => lost.abort(new CutOffError(`the lease on ${key} was lost`));
  // Counted from before the question: the holder gives up before the database does, never after.
  const expireAfter = (askedAt: number) => setTimeout(loseIt, ttlMs - (performance.now() - askedAt)).unref();
  let expiry = expireAfter(takenAt);
  const renewal = setInterval(async () => {
    const askedAt = performance.now();
    const renewed = await renewLease(db, { key, fence, ttlMs }).catch(() => null);
    if (renewed === false) return loseIt();
    if (renewed === null || lost.signal.aborted) return;
    clearTimeout(expiry);
    expiry = expireAfter(askedAt);
  }, ttlMs / 3).unref();
  const release = async () => {
    clearInterval(renewal);
    clearTimeout(expiry);
    await endLease(db, { key, fence }).catch(() => {});
  };
  return { key, fence, signal: lost.signal, release };
}

/**
 * Holds the lease still for the rest of a transaction: nobody can take it over before the commit.
 *
 * @throws CutOffError when it is no longer this holder's, by the database's clock.
 */
export async function confirmLease(tx: DbOrTx, lease: Pick<Lease, "key" | "fence">): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 AS held FROM "Lease"
    WHERE "key" = ${lease.key} AND "fence" = ${lease.fence} AND "expiresAt" > clock_timestamp() FOR SHARE`;
  if (rows.length === 0) throw new CutOffError(`the lease on ${lease.key} was lost`);
}

/** Makes `owner` the holder if nobody holds `key` now. Exactly one of several callers at once gets it. */
async function takeLease(db: Db, lease: { key: string; owner: string; ttlMs: number }) {
  const rows = await db.$queryRaw<{ fence: bigint }[]>`
    INSERT INTO "Lease" ("key", "owner", "fence", "expiresAt")
    VALUES (${lease.key}, ${lease.owner}, 1, clock_timestamp() + ${lease.ttlMs}::int * interval '1 millisecond')
    ON CONFLICT ("key") DO UPDATE
      SET "owner" = excluded."owner", "fence" = "Lease"."fence" + 1, "expiresAt" = excluded."expiresAt"
      WHERE "Lease"."expiresAt" <= clock_timestamp()
    RETURNING "fence"`;
  return rows[0] ?? null;
}

/** Moves the expiry on; false when the lease has run out or has another holder. */
async function renewLease(db: Db, lease: { key: string; fence: bigint; ttlMs: number }): Promise<boolean> {
  const renewed = await db.$executeRaw`
    UPDATE "Lease" SET "expiresAt" = clock_timestamp() + ${lease.ttlMs}::int * interval '1 millisecond'
    WHERE "key" = ${lease.key} AND "fence" = ${lease.fence} AND "expiresAt" > clock_timestamp()`;
  return renewed === 1;
}

/** Ends the lease now (a millisecond ago: the column rounds). The row stays, since its fence may only grow. */
async function endLease(db: Db, lease: { key: string; fence: bigint }): Promise<void> {
  await db.$executeRaw`
    UPDATE "Lease" SET "expiresAt" = clock_timestamp() - interval '1 millisecond'
    WHERE "key" = ${lease.key} AND "fence" = ${lease.fence} AND "expiresAt" > clock_timestamp()`;
}
