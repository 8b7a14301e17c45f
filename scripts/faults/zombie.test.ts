import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, tell, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { BACKFILL_JOBS, CRON_JOBS } from "./testing/jobs";
import { oversleepBackfill, oversleepLease, oversleepNews, SLEEPERS_ENVIRONMENT } from "./testing/sleepers";
import { runScenario, type Scenario } from "./testing/trials";

/** One workspace: in another one a sleeper would take up a lease of its own, and rightly work. */
const SIZE = { ghl: 1, calendly: 0, leads: 24 };
const TRIALS = LONG ? 30 : 1;

let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena({ environment: SLEEPERS_ENVIRONMENT });
});
afterAll(async () => {
  publish("zombie", verdicts);
  await arena.close();
});

describe("a process that was stopped and goes on later changes nothing:", { timeout: 3_600_000 }, () => {
  it.each(CRON_JOBS)("the cron $name, its lease run out", (job) =>
    survive({
      ...{ name: `SIGSTOP of ${job.name} past its lease, then SIGCONT`, seed: 11, trials: TRIALS },
      storm: (trial) => oversleepLease(trial, job),
    }),
  );

  it.each(CRON_JOBS)("the cron $name, its news overtaken by somebody who needs no lease", (job) =>
    survive({
      ...{ name: `SIGSTOP of ${job.name} while others are faster, then SIGCONT`, seed: 12, trials: TRIALS },
      storm: (trial) => oversleepNews(trial, job),
    }),
  );

  it.each(BACKFILL_JOBS)("the backfill of $name, taken up by another process", (job) =>
    survive({
      ...{ name: `SIGSTOP of the backfill of ${job.name} past its lease, then SIGCONT`, seed: 13, trials: TRIALS },
      storm: ({ arena }) => oversleepBackfill(arena, job),
    }),
  );
});

async function survive(scenario: Omit<Scenario, "size">): Promise<void> {
  const verdict = await runScenario(arena, { ...scenario, size: SIZE });
  verdicts.push(verdict);
  expect(verdict.findings, tell(verdict)).toEqual([]);
}
