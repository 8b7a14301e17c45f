import { type Db, TRANSACTION_LIMITS } from "@/lib/db/client";
import {
  applyChecks,
  type CheckSignal,
  type CircuitChange,
  type CircuitSettings,
  type CircuitState,
  circuitState,
} from "./rules";

export interface CircuitKey {
  clientId: string;
  provider: string;
}

interface CircuitRow {
  outcomes: boolean[];
  openUntil: Date | null;
  now: Date;
}

/** A probe that takes longer than this was killed; another may go. */
const PROBE_TTL_MS = 60_000;

/** Where a circuit stands now, by the database's clock, and its latest counted checks. One without a row is closed. */
export async function readCircuit(db: Db, key: CircuitKey): Promise<{ state: CircuitState; outcomes: boolean[] }> {
  const [row] = await db.$queryRaw<CircuitRow[]>`
    SELECT "outcomes", "openUntil", clock_timestamp()::timestamptz(3) AS "now" FROM "Circuit"
    WHERE "clientId" = ${key.clientId} AND "provider" = ${key.provider}`;
  return row ? { state: circuitState(row, row.now), outcomes: row.outcomes } : { state: "closed", outcomes: [] };
}

/**
 * Takes the one probe of a half-open circuit: until when, or null. Of any number of callers at once exactly one gets it.
 */
export async function claimProbe(db: Db, key: CircuitKey): Promise<Date | null> {
  const [claimed] = await db.$queryRaw<{ probeUntil: Date }[]>`
    UPDATE "Circuit" SET "probeUntil" = clock_timestamp() + ${PROBE_TTL_MS}::int * interval '1 millisecond'
    WHERE "clientId" = ${key.clientId} AND "provider" = ${key.provider}
      AND "openUntil" <= clock_timestamp() AND ("probeUntil" IS NULL OR "probeUntil" <= clock_timestamp())
    RETURNING "probeUntil"`;
  return claimed?.probeUntil ?? null;
}

/** Gives a probe back that came to no verdict. One that ran out and is somebody else's now stays theirs. */
export async function releaseProbe(db: Db, key: CircuitKey, probeUntil: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE "Circuit" SET "probeUntil" = NULL
    WHERE "clientId" = ${key.clientId} AND "provider" = ${key.provider} AND "probeUntil" = ${probeUntil}`;
}

/**
 * Adds a page's checks to the circuit and opens or closes it accordingly, atomically with other processes' pages.
 * `reason` says why, should it open. A credential that was found dead counts as dead until a check goes through: a probe
 * that fails for another reason proves nothing.
 */
export async function recordChecks(
  db: Db,
  key: CircuitKey,
  signals: readonly CheckSignal[],
  reason: string,
  settings: CircuitSettings,
): Promise<CircuitChange> {
  return db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<CircuitRow[]>`
      INSERT INTO "Circuit" ("clientId", "provider") VALUES (${key.clientId}, ${key.provider})
      ON CONFLICT ("clientId", "provider") DO UPDATE SET "provider" = excluded."provider"
      RETURNING "outcomes", "openUntil", clock_timestamp()::timestamptz(3) AS "now"`;
    if (!row) throw new Error("The circuit could not be read.");
    const change = applyChecks(row, signals, row.now, settings);
    const diesNow = change.opens && signals.includes("credential_dead");
    await tx.$executeRaw`
      UPDATE "Circuit"
      SET "outcomes" = ${change.outcomes}::boolean[],
          "openedAt" = CASE WHEN ${change.opens} THEN ${row.now}::timestamptz
                            WHEN ${change.closes} THEN NULL ELSE "openedAt" END,
          "openUntil" = CASE WHEN ${change.opens} THEN ${row.now}::timestamptz
                                 + ${settings.cooldownMs}::int * interval '1 millisecond'
                             WHEN ${change.closes} THEN NULL ELSE "openUntil" END,
          "credentialDead" = CASE WHEN ${diesNow} THEN true WHEN ${change.closes} THEN false ELSE "credentialDead" END,
          "reason" = CASE WHEN ${change.opens} THEN ${reason} WHEN ${change.closes} THEN NULL ELSE "reason" END,
          "probeUntil" = CASE WHEN ${change.opens || change.closes} THEN NULL ELSE "probeUntil" END
      WHERE "clientId" = ${key.clientId} AND "provider" = ${key.provider}`;
    return change;
  }, TRANSACTION_LIMITS);
}
