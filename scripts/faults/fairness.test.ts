import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { type Crowd, compareService, p95 } from "./testing/crowd";
import { CRON_JOBS, type CronJob } from "./testing/jobs";
import { ownDoors } from "./testing/overlap";

const BIG = LONG ? 100_000 : 1_000;
const SMALL = { small: LONG ? 99 : 19, leadsOfASmall: 10 };
/** As many as have a place in a tick: without an order they would have all of them, and for ever. */
const TEN_BIG = { bigOnes: 10, big: LONG ? 2_000 : 150 };

let arena: Arena;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  // The stock limits: ten workspaces and fifty leads of each in a tick.
  arena = await openArena();
});
afterAll(async () => {
  publish("fairness", verdicts);
  await arena.close();
});

describe.each(CRON_JOBS)("a workspace with very many leads, under $name,", { timeout: 3_600_000 }, (job) => {
  it("does not make the small ones wait for it", () => serve(job, { ...SMALL, bigOnes: 1, big: BIG }));

  it("nor do ten of them", () => serve(job, { ...SMALL, ...TEN_BIG }));
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
