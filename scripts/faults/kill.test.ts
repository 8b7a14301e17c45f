import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Random } from "../sandbox/random";
import type { Finding } from "./invariants/evidence";
import { LONG, publish, tell, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { letTimePass } from "./testing/calm";
import { interruptBackfill } from "./testing/interruptions";
import { BACKFILL_JOBS, type BackfillJob, CRON_JOBS, type CronJob } from "./testing/jobs";
import { kill, prepareBackfill, startServer, untilAsked } from "./testing/processes";
import { runScenario, type Trial } from "./testing/trials";

/** Enough for every kind of lead; a process's start costs more than its run. */
const SIZE = LONG ? { ghl: 2, calendly: 1, leads: 24 } : { ghl: 1, calendly: 1, leads: 24 };
/** A world of that size is asked about with about so many requests in each act. */
const REQUESTS = LONG ? 120 : 80;

let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena();
});
afterAll(async () => {
  publish("kill", verdicts);
  await arena.close();
});

describe("a process that is killed loses no effect and doubles none:", { timeout: 3_600_000 }, () => {
  it.each(CRON_JOBS)("the cron $name, at every named step", async (job) => {
    const deaths = deathsOf(job.steps, LONG ? 9 : 1, { every: LONG ? 1 : 4 });
    await survive({
      ...{ name: `kill -9 of the cron ${job.name} at a named step`, seed: 1, trials: deaths.length },
      storm: (trial) => killCronAt(trial, job, deaths[trial.index] ?? { step: "none", nth: 1 }),
    });
  });

  it.each(CRON_JOBS)("the cron $name, at random", async (job) => {
    await survive({
      ...{ name: `kill -9 of the cron ${job.name} at random`, seed: 2, trials: LONG ? 100 : 1 },
      storm: (trial) => killCronSometime(trial, job),
    });
  });

  it.each(BACKFILL_JOBS)("the backfill of $name, at every named step", async (job) => {
    const deaths = deathsOf(job.steps, LONG ? 9 : 1, { every: LONG ? 1 : 5 });
    await survive({
      ...{ name: `kill -9 of the backfill of ${job.name} at a named step`, seed: 3, trials: deaths.length },
      storm: (trial) => killBackfillAt(trial, job, deaths[trial.index] ?? { step: "none", nth: 1 }),
    });
  });

  it.each(BACKFILL_JOBS)("the backfill of $name, asked to stop instead", (job) =>
    survive({
      ...{ name: `SIGTERM and SIGINT of the backfill of ${job.name} at random`, seed: 5, trials: LONG ? 60 : 1 },
      storm: (trial) => interruptBackfill(trial, job),
    }),
  );

  it.each(BACKFILL_JOBS)("the backfill of $name and all crons at once, at random", async (job) => {
    await survive({
      ...{ name: `kill -9 of the backfill of ${job.name} and the crons at once`, seed: 4, trials: LONG ? 60 : 1 },
      // Two processes on one account: one does not know at once what the other has learnt.
      underWayMs: 1_100,
      storm: (trial) => killBothSometime(trial, job),
    });
  });
});

async function survive(scenario: Omit<Parameters<typeof runScenario>[1], "size">): Promise<void> {
  const verdict = await runScenario(arena, { ...scenario, size: SIZE });
  verdicts.push(verdict);
  expect(verdict.findings, tell(verdict)).toEqual([]);
}

interface Moment {
  step: string;
  nth: number;
}

/** Every step so often, at its first, second and third time in turn, or only some of the steps. */
function deathsOf(steps: readonly string[], times: number, { every }: { every: number }): Moment[] {
  const chosen = steps.filter((_, index) => index % every === 0);
  return Array.from({ length: times }, (_, round) => chosen.map((step) => ({ step, nth: 1 + (round % 2) }))).flat();
}

async function killCronAt({ arena }: Trial, job: CronJob, { step, nth }: Moment): Promise<Finding[]> {
  const server = await startServer(arena, { death: { step, nth, signal: "SIGKILL" } });
  const answer = await server.call(job);
  await kill(arena, server.subject);
  return answer === null ? [] : [neverCameTo(step, nth)];
}

async function killCronSometime({ arena, random }: Trial, job: CronJob): Promise<Finding[]> {
  const server = await startServer(arena);
  const call = server.call(job);
  await untilAsked(arena, someRequests(random), call);
  await kill(arena, server.subject);
  await call;
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

async function killBothSometime({ arena, random }: Trial, job: BackfillJob): Promise<Finding[]> {
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
