import { describe, it } from "vitest";
import type { Random } from "../sandbox/random";
import type { Finding } from "./invariants/evidence";
import { LONG } from "./scoreboard";
import { openArena } from "./testing/arena";
import { letTimePass } from "./testing/calm";
import { interruptBackfill } from "./testing/interruptions";
import { BACKFILL_JOBS, type BackfillJob, CRON_JOBS, type CronJob } from "./testing/jobs";
import { kill, prepareBackfill, startServer, untilAsked } from "./testing/processes";
import { openProvingGround } from "./testing/proving-ground";
import type { Trial } from "./testing/trials";

/** Enough for every kind of lead; a process's start costs more than its run. */
const SIZE = LONG ? { ghl: 2, calendly: 1, leads: 24 } : { ghl: 1, calendly: 0, leads: 24 };
/** A world of that size is asked about with about so many requests in each act. */
const REQUESTS = LONG ? 120 : 40;

const ground = openProvingGround("kill", () => openArena(), SIZE);
const atLength = <Job>(jobs: readonly Job[]) => (LONG ? jobs : []);

describe("a process that is killed loses no effect and doubles none:", { timeout: 3_600_000 }, () => {
  it("a cron, at every named step", () => {
    const deaths = deathsOf(CRON_JOBS);
    return ground.survive({
      ...{ name: "kill -9 of each cron at a named step", seed: 1, trials: deaths.length },
      storm: (trial) => killCronAt(trial, momentOf(deaths, trial)),
    });
  });

  it.each(atLength(CRON_JOBS))("the cron $name, at random", (job) =>
    ground.survive({
      ...{ name: `kill -9 of the cron ${job.name} at random`, seed: 2, trials: 60 },
      storm: (trial) => killCronsSometime(trial, [job]),
    }),
  );

  it("a backfill, at every named step", () => {
    const deaths = deathsOf(BACKFILL_JOBS);
    return ground.survive({
      ...{ name: "kill -9 of each backfill at a named step", seed: 3, trials: deaths.length },
      storm: (trial) => killBackfillAt(trial, momentOf(deaths, trial)),
    });
  });

  it.each(atLength(BACKFILL_JOBS))("the backfill of $name, asked to stop instead", (job) =>
    ground.survive({
      ...{ name: `SIGTERM and SIGINT of the backfill of ${job.name} at random`, seed: 5, trials: 40 },
      storm: (trial) => interruptBackfill(trial, job),
    }),
  );

  it("a backfill and all crons at once, at random", () =>
    ground.survive({
      ...{ name: "kill -9 of a backfill and all crons at once, at random", seed: 4, trials: LONG ? 60 : 1 },
      // Two processes on one account: one does not know at once what the other has learnt.
      underWayMs: 1_100,
      storm: (trial) => killBothSometime(trial, BACKFILL_JOBS),
    }));
});

interface Moment<Job> {
  job: Job;
  step: string;
  nth: number;
}

/** Every step of every job so often, at its first and second time in turn; in the short run one of them. */
function deathsOf<Job extends { steps: readonly string[] }>(jobs: readonly Job[]): Moment<Job>[] {
  const rounds = Array.from({ length: TIMES }, (_, round) => 1 + (round % 2));
  const all = rounds.flatMap((nth) => jobs.flatMap((job) => job.steps.map((step) => ({ job, step, nth }))));
  return LONG ? all : all.slice(SHORT_RUNS_STEP, SHORT_RUNS_STEP + 1);
}

const TIMES = LONG ? 4 : 1;
/** Between a provider's answer and what is made of it, or thereabouts. */
const SHORT_RUNS_STEP = 3;

function momentOf<Job>(deaths: readonly Moment<Job>[], { index }: Trial): Moment<Job> {
  const [moment] = deaths.slice(index);
  if (!moment) throw new Error("there are more trials than deaths");
  return moment;
}

async function killCronAt({ arena }: Trial, { job, step, nth }: Moment<CronJob>): Promise<Finding[]> {
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

async function killBackfillAt({ arena }: Trial, { job, step, nth }: Moment<BackfillJob>): Promise<Finding[]> {
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
