import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, trialsOf, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { type Crowd, compareService, p95 } from "./testing/crowd";
import { CRON_JOBS, type CronJob } from "./testing/jobs";
import { ownDoors } from "./testing/overlap";

const BIG = trialsOf(100_000, 0);
const SMALL = LONG ? { small: 99, leadsOfASmall: 10 } : { small: 5, leadsOfASmall: 5 };
/** As many as have a place in a tick: without an order they would have all of them, and for ever. */
const MANY_BIG = LONG ? { bigOnes: 10, big: 2_000 } : { bigOnes: 3, big: 60 };
/** The stock limits, ten workspaces and fifty leads of each in a tick; in the short run smaller ones. */
const environment: Record<string, string> = LONG
  ? {}
  : { RECONCILE_WORKSPACE_LIMIT: "3", RECONCILE_LEADS_PER_WORKSPACE: "10" };
/** The others ask no provider about each of their leads. */
const RECONCILE = CRON_JOBS.filter(({ name }) => name === "appointment-reconcile");
const atLength = LONG ? RECONCILE : [];

let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena({ environment });
});
afterAll(async () => {
  publish("fairness", verdicts);
  await arena.close();
});

describe("workspaces with very many leads", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it.each(atLength)("do not make the small ones wait: one of them, under $name", (job) =>
    serve(job, { ...SMALL, bigOnes: 1, big: BIG }),
  );

  it.each(RECONCILE)("do not make the small ones wait: as many as have a place in a tick, under $name", (job) =>
    serve(job, { ...SMALL, ...MANY_BIG }),
  );
});

async function serve(job: CronJob, crowd: Crowd): Promise<void> {
  const startedMs = performance.now();
  const { alone, beside, findings, told } = await compareService(arena, job, ownDoors(arena), crowd);
  const figures = {
    "tick alone": p95(alone.doneInTick),
    "tick beside": p95(beside.doneInTick),
    "requests alone": p95(alone.doneAfterRequests),
    "requests beside": p95(beside.doneAfterRequests),
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
  };
  process.stderr.write(`${told}\n`);
  const scenario = `${crowd.bigOnes} of ${crowd.big} leads beside ${crowd.small} of ${crowd.leadsOfASmall}, under ${job.name}`;
  verdicts.push({ scenario, seed: 71, trials: 1, findings, figures });
  expect(findings).toEqual([]);
}
