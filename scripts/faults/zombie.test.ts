import { describe, expect, it } from "vitest";
import type { Finding } from "./invariants/evidence";
import { LONG, trialsOf } from "./scoreboard";
import { openArena } from "./testing/arena";
import { APPOINTMENTS } from "./testing/backfill-jobs";
import { bookBeforeLeaving, deleteBeforeCommit, dieAfterSending } from "./testing/interleavings";
import { CRON_JOBS, FOLLOW_UPS, RECONCILE } from "./testing/jobs";
import { openProvingGround } from "./testing/proving-ground";
import { oversleepBackfill, oversleepLease, oversleepNews, SLEEPERS_ENVIRONMENT } from "./testing/sleepers";

/** One workspace: in another one a sleeper would take up a lease of its own, and rightly work. */
const SIZE = { ghl: 1, calendly: 0, leads: 24 };
const TRIALS = trialsOf(30, 1);

const ground = openProvingGround("zombie", () => openArena({ environment: SLEEPERS_ENVIRONMENT }), SIZE);
/** In the short run only who writes to people. */
const sleepy = LONG ? CRON_JOBS.filter(({ fallsAsleepAt }) => fallsAsleepAt !== null) : [FOLLOW_UPS];
const stories = [
  { name: "leads are booked when messages to them are about to leave", story: bookBeforeLeaving },
  { name: "a process dies after a message left, and before its answer is on record", story: dieAfterSending },
  { name: "messages are deleted when their events are worked out, and not committed", story: deleteBeforeCommit },
];
/** The first shows the most: what is decided again when a message leaves. */
const HELD = LONG ? stories : stories.slice(0, 1);
const atLength = <Job>(jobs: readonly Job[]) => (LONG ? jobs : []);

describe("a process that is held at the wrong moment does no harm:", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it.each(HELD)("$name", async ({ name, story }) => {
    const findings: Finding[] = [];
    for (let trial = 0; trial < TRIALS; trial++) findings.push(...(await story(ground.arena)));
    ground.verdicts.push({ scenario: name, seed: 0, trials: TRIALS, findings });
    expect(findings).toEqual([]);
  });
});

describe("a process that was stopped and goes on later changes nothing:", {
  timeout: LONG ? 3_600_000 : 120_000,
}, () => {
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
