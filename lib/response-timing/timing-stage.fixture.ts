import { z } from "zod";
import { createLogger } from "@/lib/core/log";
import { startDeadline, systemClock } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase } from "@/scripts/testing/database";
import type { TimingDeps } from "./deps";
import { processResponseTiming, type TimingParams } from "./runner";

type RunOptions = Partial<TimingParams> & {
  budgetMs?: number;
  deps?: Partial<TimingDeps>;
  /** Something was changed that no run is told of; else a run that finds such a thing is an error. */
  drifts?: boolean;
};

/** A database of its own, and runs on it as the cron makes them. */
export interface TimingStage {
  readonly db: Db;
  readonly databaseUrl: string;
  readonly deps: TimingDeps;
  run(options?: RunOptions): Promise<RunResult>;
  close(): Promise<void>;
}

const count = z.number().int().min(0);
const runResult = z.object({
  ...{ processed: count, skipped: count, inserted: count, updated: count, retracted: count, mismatches: count },
  ...{ failed: count, exhausted: z.boolean(), lagSeconds: count.nullable() },
  stopReason: z.enum(["done", "time_budget", "limit", "circuit_broken", "locked"]),
});
export type RunResult = z.infer<typeof runResult>;

/** What a run over data that did not change says. */
export const NOTHING_DONE = {
  ...{ processed: 0, skipped: 0, inserted: 0, updated: 0, retracted: 0, mismatches: 0, failed: 0 },
  ...{ exhausted: true, stopReason: "done", lagSeconds: null },
};

/** Far enough for any test's history. */
const LOOKBACK_DAYS = 3650;

export async function openTimingStage(): Promise<TimingStage> {
  const database = await createTestDatabase();
  const db = createDb(database.url);
  const log = createLogger({ level: "silent" });
  const deps: TimingDeps = { db, clock: systemClock, log, settings: { lookbackDays: LOOKBACK_DAYS, batchSize: 200 } };
  return {
    ...{ db, deps, databaseUrl: database.url },
    async run({ budgetMs = 60_000, deps: others, drifts = false, ...params } = {}) {
      const deadline = startDeadline(budgetMs);
      const outcome = await processResponseTiming({ ...deps, ...others }, { dryRun: false, ...params }, deadline);
      deadline.dispose();
      if (outcome.kind !== "ran") throw new Error(`the run ended as ${outcome.kind}: ${JSON.stringify(outcome)}`);
      const result = runResult.parse(outcome.result);
      if (result.mismatches > 0 && !drifts)
        throw new Error(`a run mended what it should have seen: ${JSON.stringify(result)}`);
      return result;
    },
    async close() {
      await db.$disconnect();
      await database.drop();
    },
  };
}
