import type { Db } from "@/lib/db/client";
import type { SweepState } from "../rules/sweep-plan";

/** The mark of a run about all workspaces. */
const GENERAL_MARK = "response-timing";

interface Mark extends SweepState {
  processor: string;
  sampleCursor: string | null;
}

/** What is on record of earlier runs, and how the triggers stand. */
export interface Standing {
  triggers: string | null;
  own: SweepState | null;
  /** For a run about one workspace, the sweep of all; else null. */
  general: SweepState | null;
  sampleCursor: string | null;
}

/** The triggers' standing and the marks of a run about `clientId`, or about all workspaces, in one statement. */
export async function readStanding(db: Db, clientId: string | undefined): Promise<Standing> {
  const rows = await db.$queryRaw<(Mark & { standing: string | null })[]>`
    SELECT standing, m."processor", m."triggers", m."lookbackDays", m."sliceEnds", m."slice", m."sliceCursor",
      m."slicesLeft", m."sampleCursor"
    FROM response_timing_triggers() AS standing
    LEFT JOIN "ProcessorMark" m ON m."processor" IN (${GENERAL_MARK}, ${nameMark(clientId)})`;
  const markOf = (processor: string) => rows.find((row) => row.processor === processor) ?? null;
  const own = markOf(nameMark(clientId));
  return {
    triggers: rows[0]?.standing ?? null,
    own,
    general: clientId === undefined ? null : markOf(GENERAL_MARK),
    sampleCursor: own?.sampleCursor ?? null,
  };
}

/**
 * Moves a sweep from one state to the next. Where another run has moved it meanwhile, it stays as that one left it:
 * the slice was swept twice, which does no harm.
 */
export async function saveSweep(
  db: Db,
  clientId: string | undefined,
  before: SweepState | null,
  { triggers, lookbackDays, sliceEnds, slice, sliceCursor, slicesLeft }: SweepState,
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO "ProcessorMark" AS m
      ("processor", "triggers", "lookbackDays", "sliceEnds", "slice", "sliceCursor", "slicesLeft")
    VALUES (${nameMark(clientId)}, ${triggers}, ${lookbackDays}::int, ${sliceEnds}::text[], ${slice}::int,
      ${sliceCursor}, ${slicesLeft}::int)
    ON CONFLICT ("processor") DO UPDATE
      SET "triggers" = excluded."triggers", "lookbackDays" = excluded."lookbackDays",
          "sliceEnds" = excluded."sliceEnds", "slice" = excluded."slice", "sliceCursor" = excluded."sliceCursor",
          "slicesLeft" = excluded."slicesLeft", "updatedAt" = now()
      WHERE (m."triggers", m."lookbackDays", m."slice", m."sliceCursor", m."slicesLeft") IS NOT DISTINCT FROM
        (${before?.triggers ?? null}, ${before?.lookbackDays ?? null}::int, ${before?.slice ?? 0}::int,
          ${before?.sliceCursor ?? null}, ${before?.slicesLeft ?? 0}::int)`;
}

/**
 * Says, before a run consumes changes, that nothing beyond its lookback is heeded from now on: a run that looks further
 * back has to sweep. A run about one workspace says so for that one and for the whole.
 */
export async function limitLookback(db: Db, clientId: string | undefined, lookbackDays: number): Promise<void> {
  await db.$executeRaw`
    UPDATE "ProcessorMark" SET "lookbackDays" = ${lookbackDays}::int, "updatedAt" = now()
    WHERE ("lookbackDays" IS NULL OR "lookbackDays" > ${lookbackDays}::int) AND (
      "processor" IN (${GENERAL_MARK}, ${nameMark(clientId)})
      OR ${clientId === undefined}::boolean AND starts_with("processor", ${nameMark("")}))`;
}

/** What a run has done. */
export interface Progress {
  /** The latest event that it wrote; null where it wrote none. */
  inboundSentAt: Date | null;
  /** The lead that its sample ended with, null if that was the last; undefined where it took no sample. */
  sampleCursor: string | null | undefined;
}

/** Records how far a run has come. The mark only moves forward; samples go round. */
export async function saveProgress(db: Db, clientId: string | undefined, progress: Progress): Promise<void> {
  const { inboundSentAt, sampleCursor } = progress;
  await db.$executeRaw`
    INSERT INTO "ProcessorMark" AS m ("processor", "inboundSentAt", "processedAt", "sampleCursor")
    VALUES (${nameMark(clientId)}, ${inboundSentAt}::timestamptz, now(), ${sampleCursor ?? null})
    ON CONFLICT ("processor") DO UPDATE
      SET "inboundSentAt" = GREATEST(m."inboundSentAt", excluded."inboundSentAt"),
          "processedAt" = excluded."processedAt", "updatedAt" = now(),
          "sampleCursor" =
            CASE WHEN ${sampleCursor === undefined}::boolean THEN m."sampleCursor" ELSE excluded."sampleCursor" END`;
}

function nameMark(clientId: string | undefined): string {
  return clientId === undefined ? GENERAL_MARK : `${GENERAL_MARK}:${clientId}`;
}
