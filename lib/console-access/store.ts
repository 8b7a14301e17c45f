import { MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";

/** A window begins with a try and ends so much later, whatever was tried meanwhile. */
const WINDOW_MS = 15 * MINUTE_MS;

/**
 * Counts one try in a window, by the database's clock. Returns null while there is room, else how many seconds are left
 * of it. Of any number of tries at once exactly as many get through as there is room for.
 */
export async function countAttempt(db: Db, key: string, attemptsMax: number): Promise<number | null> {
  const [row] = await db.$queryRaw<{ attempts: number; secondsLeft: number }[]>`
    INSERT INTO "SignInWindow" AS w ("key", "attempts", "endsAt")
    VALUES (${key}, 1, clock_timestamp() + ${WINDOW_MS}::int * interval '1 millisecond')
    ON CONFLICT ("key") DO UPDATE
      SET "attempts" = CASE WHEN w."endsAt" <= clock_timestamp() THEN 1 ELSE w."attempts" + 1 END,
          "endsAt" = CASE WHEN w."endsAt" <= clock_timestamp() THEN excluded."endsAt" ELSE w."endsAt" END
    RETURNING "attempts", GREATEST(1, ceil(extract(epoch FROM "endsAt" - clock_timestamp())))::int AS "secondsLeft"`;
  if (!row) throw new Error("The try could not be counted.");
  return row.attempts > attemptsMax ? row.secondsLeft : null;
}

/** Empties a window, and takes away those that are long over: addresses come and go. */
export async function forgetAttempts(db: Db, key: string): Promise<void> {
  await db.$executeRaw`
    DELETE FROM "SignInWindow" WHERE "key" = ${key} OR "endsAt" < clock_timestamp() - interval '1 day'`;
}
