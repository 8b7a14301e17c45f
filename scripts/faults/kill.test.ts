import { describe, it } from "vitest";
import type { Random } from "../sandbox/random";
import type { Finding } from "./invariants/evidence";
import { LONG, trialsOf } from "./scoreboard";
import { openArena, untilAsked } from "./testing/arena";
import { BACKFILL_JOBS, type BackfillJob, TIMING_BACKFILL } from "./testing/backfill-jobs";
import { letTimePass } from "./testing/calm";
import { ALL_SORTS } from "./testing/groups";
import { interruptBackfill } from "./testing/interruptions";
import { CRON_JOBS, type CronJob, FOLLOW_UPS } from "./testing/jobs";
import { kill, prepareBackfill, startServer } from "./testing/processes";
import { openProvingGround } from "./testing/proving-ground";
import type { Trial } from "./testing/trials";

/** The usual world is asked about with about so many requests in each act. */
const REQUESTS = 120;

const ground = openProvingGround("kill", () => openArena(), ALL_SORTS);
const atLength = <Job>(jobs: readonly Job[]) => (LONG ? jobs : []);

describe("a process that is killed loses no effect and doubles none:", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it.each(LONG ? CRON_JOBS : [FOLLOW_UPS])("the cron $name, at every named step", (job) => {
    const deaths = deathsOf(job, "marked");
    return ground.survive({
      ...{ name: `kill -9 of the cron ${job.name} at a named step`, seed: 1, trials: deaths.length },
      ...AT_STEPS,
      ...(LONG ? { size: job.size } : {}),
      storm: (trial) => killCronAt(trial, job, momentOf(deaths, trial)),
    });
  });

  it.each(atLength(CRON_JOBS))("the cron $name, at random", (job) =>
    ground.survive({
      ...{ name: `kill -9 of the cron ${job.name} at random`, seed: 2, trials: trialsOf(60, 1) },
      size: job.size,
      storm: (trial) => killCronsSometime(trial, [job]),
    }),
  );

  it.each(LONG ? BACKFILL_JOBS : [TIMING_BACKFILL])("the backfill of $name, at every named step", (job) => {
    const deaths = deathsOf(job, "page_committed");
    return ground.survive({
      ...{ name: `kill -9 of the backfill of ${job.name} at a named step`, seed: 3, trials: deaths.length },
      ...(LONG ? { ...AT_STEPS, size: job.size } : {}),
      storm: (trial) => killBackfillAt(trial, job, momentOf(deaths, trial)),
    });
  });

  it.each(atLength(BACKFILL_JOBS))("the backfill of $name, asked to stop instead", (job) =>
    ground.survive({
      ...{ name: `SIGTERM and SIGINT of the backfill of ${job.name} at random`, seed: 5, trials: trialsOf(60, 1) },
      size: job.size,
      storm: (trial) => interruptBackfill(trial, job),
    }),
  );

  it("a backfill and all crons at once, at random", () =>
    ground.survive({
      ...{ name: "kill -9 of a backfill and all crons at once, at random", seed: 4, trials: trialsOf(60, 1) },
      // Two processes on one account: one does not know at once what the other has learnt.
      underWayMs: 1_100,
      storm: (trial) => killBothSometime(trial, BACKFILL_JOBS),
    }));
});

/** In the first act there is something to do at every step. */
const AT_STEPS = { fromTheBeginning: true };

interface Moment {
  step: string;
  nth: number;
}

/** Every step so often; in the short run one of them. */
function deathsOf({ steps }: { steps: readonly string[] }, shortRunsStep: string): Moment[] {
  if (!LONG) return [{ step: shortRunsStep, nth: 1 }];
  return Array.from({ length: TIMES }, () => steps.map((step) => ({ step, nth: 1 }))).flat();
}

const TIMES = trialsOf(9, 1);

function momentOf(deaths: readonly Moment[], { index }: Trial): Moment {
  const [moment] = deaths.slice(index);
  if (!moment) throw new Error("there are more trials than deaths");
  return moment;
}

async function killCronAt({ arena }: Trial, job: CronJob, { step, nth }: Moment): Promise<Finding[]> {
  const server = await startServer(arena, { death: { step: `${job.name} ${step}`, nth, signal: "SIGKILL" } });
  const answer = await server.call(job);
  await kill(arena, server.subject);
  return answer === null ? [] : [neverCameTo(step, nth)];
}

async function killCronsSometime({ arena, random }: Trial, jobs: readonly CronJob[]): Promise<Finding[]> {
  const server = await startServer(arena);
  const calls = Promise.all(jobs.map((job) => server.call(job)));
  await untilAsked(arena, someRequests(random), calls);
  await kill(arena, server.subject);
  await calls;
  return [];
}

async function killBackfillAt({ arena }: Trial, job: BackfillJob, { step, nth }: Moment): Promise<Finding[]> {
  const backfill = await prepareBackfill(arena, job);
  const killed = backfill.start({ death: { step, nth, signal: "SIGKILL" } });
  const { signal } = await killed.ended;
  arena.hear(killed.said());
  await letTimePass(arena, "1 minute");
  const findings = await backfill.resume();
  await backfill.forget();
  return signal === "SIGKILL" ? findings : [neverCameTo(step, nth), ...findings];
}

async function killBothSometime({ arena, random, index }: Trial, jobs: readonly BackfillJob[]): Promise<Finding[]> {
  const [job] = jobs.slice(index % jobs.length);
  if (!job) throw new Error("there are no backfills");
  const backfill = await prepareBackfill(arena, job);
  const server = await startServer(arena);
  const walking = backfill.start();
  const calls = Promise.all(CRON_JOBS.map((cron) => server.call(cron)));
  await untilAsked(arena, someRequests(random), Promise.all([calls, walking.ended]));
  const order = random() < 0.5 ? [server.subject, walking] : [walking, server.subject];
  for (const subject of order) {
    await kill(arena, subject);
    await untilAsked(arena, arena.scene.sandbox.ledger.entries.length + someRequests(random) / 4, calls);
  }
  await letTimePass(arena, "1 minute");
  const findings = await backfill.resume();
  await backfill.forget();
  return findings;
}

function someRequests(random: Random): number {
  return Math.floor(random() * REQUESTS);
}

function neverCameTo(step: string, nth: number): Finding {
  return { invariant: "every step is come to", text: `the run ended without coming to ${step} for time ${nth}` };
}
