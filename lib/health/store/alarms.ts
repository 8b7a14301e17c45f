import type { Db } from "@/lib/db/client";
import type { AlarmChange, StoredAlarm } from "../rules/alarms";

/** Every alarm that ever fired, as it is now. To be read before the facts that it is compared with. */
export async function readAlarms(db: Db): Promise<StoredAlarm[]> {
  const select = { key: true, kind: true, state: true, change: true, since: true, summary: true } as const;
  return db.alarm.findMany({ select, orderBy: { key: "asc" } });
}

/** Which of these alarms fire now. */
export async function listFiringKeys(db: Db, keys: readonly string[]): Promise<Set<string>> {
  const rows = await db.alarm.findMany({ where: { key: { in: [...keys] }, state: "firing" }, select: { key: true } });
  return new Set(rows.map(({ key }) => key));
}

/**
 * Writes down changes, each with the alert that tells of it, in one statement: all of it is there after a crash, or none.
 * A change that was decided on an older state than the present one does nothing, so that of several runs that see the
 * same change exactly one tells of it. Returns how many were told.
 */
export async function recordChanges(db: Db, changes: readonly AlarmChange[]): Promise<number> {
  return db.$executeRaw`
    WITH changed AS (
      INSERT INTO "Alarm" AS a ("key", "kind", "state", "change", "since", "summary")
      SELECT c."key", c."kind", c."state", c."seen" + 1, clock_timestamp(), c."summary"
      FROM unnest(
        ${changes.map(({ key }) => key)}::text[], ${changes.map(({ kind }) => kind)}::text[],
        ${changes.map(({ state }) => state)}::text[], ${changes.map(({ seen }) => seen)}::int[],
        ${changes.map(({ summary }) => summary)}::text[]
      ) AS c("key", "kind", "state", "seen", "summary")
      ORDER BY c."key"
      ON CONFLICT ("key") DO UPDATE
        SET "state" = excluded."state", "change" = excluded."change", "since" = excluded."since",
            "summary" = excluded."summary", "updatedAt" = now()
        WHERE a."change" = excluded."change" - 1 AND a."state" <> excluded."state"
      RETURNING "key", "kind", "state", "change", "summary"
    )
    INSERT INTO "Alert" ("alarmKey", "change", "kind", "state", "summary")
    SELECT "key", "change", "kind", "state", "summary" FROM changed
    ON CONFLICT ("alarmKey", "change") DO NOTHING`;
}

/** Puts what is said of alarms that fire already in today's words (its figures move). Nobody is told. */
export async function rewordAlarms(db: Db, reworded: readonly { key: string; summary: string }[]): Promise<void> {
  await db.$executeRaw`
    UPDATE "Alarm" a SET "summary" = r."summary", "updatedAt" = now()
    FROM unnest(${reworded.map(({ key }) => key)}::text[], ${reworded.map(({ summary }) => summary)}::text[])
      AS r("key", "summary")
    WHERE a."key" = r."key" AND a."state" = 'firing'`;
}

/** The alarms that fire, those that began last first, at most `limit` of them. */
export async function listFiringAlarms(
  db: Db,
  limit: number,
): Promise<{ key: string; kind: string; since: Date; summary: string }[]> {
  return db.alarm.findMany({
    where: { state: "firing" },
    orderBy: [{ since: "desc" }, { key: "asc" }],
    take: limit,
    select: { key: true, kind: true, since: true, summary: true },
  });
}

/** How many alarms fire, by kind. */
export async function countFiringAlarms(db: Db): Promise<{ kind: string; count: number }[]> {
  return db.$queryRaw`
    SELECT "kind", count(*)::int AS "count" FROM "Alarm" WHERE "state" = 'firing' GROUP BY "kind" ORDER BY "kind"`;
}
