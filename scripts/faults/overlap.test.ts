import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareRecords } from "../truth/records";
import type { Finding } from "./invariants/evidence";
import { LONG, publish, tell, type Verdict } from "./scoreboard";
import { type Arena, openArena } from "./testing/arena";
import { letTimePass } from "./testing/calm";
import { CRON_JOBS, type CronJob } from "./testing/jobs";
import { writeOldNews } from "./testing/old-news";
import { callAtOnce, ownDoors } from "./testing/overlap";
import { kill, type Server, startServer } from "./testing/processes";
import { runScenario, type Scenario, type Trial } from "./testing/trials";

const CALLS_AT_ONCE = 50;
/** Of so many ticks some never come. */
const TICKS = 8;
const MISSING_SHARE = 0.3;

let arena: Arena;
let other: Server;
const verdicts: Verdict[] = [];
beforeAll(async () => {
  arena = await openArena();
  other = await startServer(arena);
});
afterAll(async () => {
  publish("overlap", verdicts);
  await kill(arena, other.subject);
  await arena.close();
});

describe("whatever the scheduler does, everything is done once:", { timeout: 3_600_000 }, () => {
  it.each(CRON_JOBS)(`${CALLS_AT_ONCE} calls of $name at once, in two processes`, (job) => {
    const calls = [ownDoors(arena), other.call].flatMap((call) => Array(CALLS_AT_ONCE / 2).fill(call));
    return survive({
      ...{ name: `${CALLS_AT_ONCE} calls of ${job.name} at once`, seed: 21, trials: LONG ? 200 : 3 },
      storm: ({ arena }) => callAtOnce(arena, job, calls),
    });
  });

  it.each(CRON_JOBS)("every tick of $name delivered twice", (job) =>
    survive({
      ...{ name: `every tick of ${job.name} delivered twice`, seed: 22, trials: LONG ? 60 : 1 },
      storm: ({ arena }) => callAtOnce(arena, job, [ownDoors(arena), other.call]),
    }),
  );

  it.each(CRON_JOBS)("a third of the ticks of $name missing, and then none for six hours", (job) =>
    survive({
      ...{ name: `30 % of the ticks of ${job.name} missing, and a gap of six hours`, seed: 23, trials: LONG ? 60 : 3 },
      storm: (trial) => missTicks(trial, job),
    }),
  );
});

describe("whatever another program writes,", { timeout: 3_600_000 }, () => {
  it.each(CRON_JOBS)("no effect of $name comes a second time when old news is written over new", (job) =>
    survive({
      ...{ name: `old news written over new under ${job.name}`, seed: 24, trials: LONG ? 60 : 3 },
      storm: (trial) => writeOldNews(trial, job),
    }),
  );
});

async function survive(scenario: Scenario): Promise<void> {
  const verdict = await runScenario(arena, scenario);
  verdicts.push(verdict);
  expect(verdict.findings, tell(verdict)).toEqual([]);
}

/** A tick a minute, some missing; a gap; and after it the ordinary ticks of a week find all that there is. */
async function missTicks({ arena, stage, random }: Trial, job: CronJob): Promise<Finding[]> {
  for (let tick = 0; tick < TICKS; tick++) {
    await letTimePass(arena, "1 minute");
    if (random() >= MISSING_SHARE) await arena.call(job);
  }
  await letTimePass(arena, "6 hours");
  await arena.call(job);
  await letTimePass(arena, "8 days");
  await arena.call(job, job.roomForAll);
  const { sandbox, runtime } = arena.scene;
  const disagreements = await compareRecords(stage, sandbox, runtime.db);
  const ofMeetings = disagreements.filter(({ subject }) => subject === "appointments" || subject === "roll-ups");
  return ofMeetings.map(({ text }) => ({ invariant: "ordinary ticks find everything", text }));
}
