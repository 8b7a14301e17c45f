import { afterAll, beforeAll, expect, it } from "vitest";
import { createDb } from "@/lib/db/client";
import { openStage, type Stage } from "../testing/stage";
import { readRecentSuccesses, readRuns } from "./runs";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await stage.runtime.db.$executeRaw`
    INSERT INTO "CronRun" ("job", "trigger", "status", "dryRun", "startedAt", "finishedAt")
    SELECT 'followups', 'cron', 'completed', false, at, at
    FROM (SELECT now() - interval '1 minute' * g AS at FROM generate_series(1, 20000) g) AS runs`;
  await stage.runtime.db.$executeRaw`ANALYZE "CronRun"`;
});
afterAll(() => stage.close());

const JOBS = ["followups", "nobody"];

it("finds the latest run of each job, and of one that never ran that there is none", async () => {
  const { jobs } = await readRuns(stage.runtime.db, JOBS);
  const ages = jobs.map(({ lastSuccess }) => lastSuccess && Date.now() - lastSuccess.endedAt.getTime());
  expect(ages).toEqual([expect.closeTo(60_000, -5), null]);
  expect(jobs.map(({ lastRun }) => lastRun?.status)).toEqual(["completed", undefined]);
  expect(await readRecentSuccesses(stage.runtime.db, JOBS, 5)).toHaveLength(5);
});

it("walks past no other job's runs to find those of one that does not run", async () => {
  const statements: string[] = [];
  const watched = createDb(stage.databaseUrl, { onStatement: (sql) => statements.push(sql) });
  await readRuns(watched, JOBS);
  await readRecentSuccesses(watched, JOBS, 5);
  await watched.$disconnect();
  const plans = await Promise.all(statements.map(explain));
  expect(plans).toHaveLength(2);
  for (const plan of plans) {
    const passed = [...plan.matchAll(/Rows Removed by Filter: (\d+)/g)].map(([, rows]) => Number(rows));
    expect(plan).toContain("CronRun_success_idx");
    // A day of them at most, which is where the look back ends.
    expect(Math.max(0, ...passed)).toBeLessThan(2_000);
  }
});

/** The plan of a statement as it was sent, with values in the places of its parameters. */
async function explain(sql: string): Promise<string> {
  const text = sql.replaceAll(/\$\d+::text\[\]/g, "ARRAY['followups', 'nobody']").replaceAll(/\$\d+::int/g, "5");
  const rows = await stage.runtime.db.$queryRawUnsafe<Record<string, string>[]>(`EXPLAIN (ANALYZE, COSTS OFF) ${text}`);
  return rows.map((row) => Object.values(row)[0]).join("\n");
}
