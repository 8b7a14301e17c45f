import { describe, it } from "vitest";
import { LONG } from "./scoreboard";
import { openArena } from "./testing/arena";
import { APPOINTMENTS } from "./testing/backfill-jobs";
import { CRON_JOBS, RECONCILE } from "./testing/jobs";
import { openProvingGround } from "./testing/proving-ground";
import { oversleepBackfill, oversleepLease, oversleepNews, SLEEPERS_ENVIRONMENT } from "./testing/sleepers";

/** One workspace: in another one a sleeper would take up a lease of its own, and rightly work. */
const SIZE = { ghl: 1, calendly: 0, leads: 24 };
const TRIALS = LONG ? 30 : 1;

const ground = openProvingGround("zombie", () => openArena({ environment: SLEEPERS_ENVIRONMENT }), SIZE);
const sleepy = CRON_JOBS.filter(({ fallsAsleepAt }) => fallsAsleepAt !== null);
const atLength = <Job>(jobs: readonly Job[]) => (LONG ? jobs : []);

describe("a process that was stopped and goes on later changes nothing:", { timeout: 3_600_000 }, () => {
  it.each(sleepy)("the cron $name, its lease run out", (job) =>
    ground.survive({
      ...{ name: `SIGSTOP of ${job.name} past its lease, then SIGCONT`, seed: 11, trials: TRIALS },
      size: job === RECONCILE ? SIZE : job.size,
      storm: (trial) => oversleepLease(trial, job),
    }),
  );

  it.each(atLength([RECONCILE]))("the cron $name, its news overtaken by somebody who needs no lease", (job) =>
    ground.survive({
      ...{ name: `SIGSTOP of ${job.name} while others are faster, then SIGCONT`, seed: 12, trials: TRIALS },
      // The lead that matters books in the first act, and again in the second.
      fromTheBeginning: true,
      storm: (trial) => oversleepNews(trial, job),
    }),
  );

  it.each(atLength([APPOINTMENTS]))("the backfill of $name, taken up by another process", (job) =>
    ground.survive({
      ...{ name: `SIGSTOP of the backfill of ${job.name} past its lease, then SIGCONT`, seed: 13, trials: TRIALS },
      storm: ({ arena }) => oversleepBackfill(arena, job),
    }),
  );
});
