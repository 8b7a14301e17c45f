import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LONG, publish, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { addCrowd, type Crowd, p95, workOff } from "./testing/crowd";
import { CRON_JOBS } from "./testing/jobs";

const BIG = LONG ? 100_000 : 1_000;
const SMALL = { small: LONG ? 99 : 19, leadsOfASmall: 10 };
/** How much longer the small ones may take beside a big one than by themselves. */
const SLOWDOWN_MAX = 2;

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

describe.each(CRON_JOBS)("one workspace with very many leads, under $name,", { timeout: 3_600_000 }, (job) => {
  it("does not make the small ones wait for it", async () => {
    const work = async (crowd: Crowd) => {
      await arena.newWorld({ ghl: 0, calendly: 0, leads: 0 });
      await addCrowd(arena.scene, crowd);
      const startedMs = performance.now();
      const service = await workOff(arena, job, crowd);
      return { ...service, seconds: (performance.now() - startedMs) / 1000 };
    };
    const alone = await work({ ...SMALL, big: 0 });
    const beside = await work({ ...SMALL, big: BIG });
    const ticks = { alone: p95(alone.doneInTick), beside: p95(beside.doneInTick) };
    const isServed = alone.doneInTick.length === SMALL.small && beside.doneInTick.length === SMALL.small;
    const isFair = ticks.beside <= SLOWDOWN_MAX * ticks.alone;
    const told = `95 % of the small were done in tick ${ticks.alone} alone, in tick ${ticks.beside} beside the big one`;
    const findings = isServed && isFair ? [] : [{ invariant: "small workspaces are served in time", text: told }];
    const figures = {
      "tick alone": ticks.alone,
      "tick beside": ticks.beside,
      "requests alone": p95(alone.doneAfterRequests),
      "requests beside": p95(beside.doneAfterRequests),
      "seconds alone": Math.round(alone.seconds * 10) / 10,
      "seconds beside": Math.round(beside.seconds * 10) / 10,
    };
    process.stderr.write(`${told}, ${figures["seconds alone"]} s and ${figures["seconds beside"]} s\n`);
    const scenario = `one workspace of ${BIG} leads and ${SMALL.small} of ${SMALL.leadsOfASmall}, under ${job.name}`;
    verdicts.push({ scenario, seed: 71, trials: 1, findings, figures });
    expect(findings).toEqual([]);
  });
});
