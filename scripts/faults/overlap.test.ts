import { afterAll, beforeAll, describe, it } from "vitest";
import { compareRecords } from "../truth/records";
import type { Finding } from "./invariants/evidence";
import { LONG } from "./scoreboard";
import { openArena } from "./testing/arena";
import { letTimePass } from "./testing/calm";
import { CRON_GROUPS, type CronGroup } from "./testing/groups";
import { writeOldNews } from "./testing/old-news";
import { callAtOnce, ownDoors } from "./testing/overlap";
import { kill, type Server, startServer } from "./testing/processes";
import { openProvingGround } from "./testing/proving-ground";
import type { Trial } from "./testing/trials";

const CALLS_AT_ONCE = 50;
const SIZE = LONG ? {} : { ghl: 1, calendly: 1, leads: 24 };
/** Of so many ticks some never come. */
const TICKS = LONG ? 8 : 4;
const MISSING_SHARE = 0.3;

const ground = openProvingGround("overlap", () => openArena(), SIZE);
let other: Server;
beforeAll(async () => {
  other = await startServer(ground.arena);
});
afterAll(() => kill(ground.arena, other.subject));

describe("whatever the scheduler does, everything is done once:", { timeout: 3_600_000 }, () => {
  it.each(CRON_GROUPS)(`${CALLS_AT_ONCE} calls of $name at once, in two processes`, ({ name, jobs }) =>
    ground.survive({
      ...{ name: `${CALLS_AT_ONCE} calls at the same moment: ${name}`, seed: 21, trials: LONG ? 200 : 1 },
      storm: ({ arena }) => {
        const calls = [ownDoors(arena), other.call].flatMap((call) => Array(CALLS_AT_ONCE / 2).fill(call));
        return callAtOnce(arena, jobs, calls);
      },
    }),
  );

  it.each(LONG ? CRON_GROUPS : [])("every tick delivered twice: $name", ({ name, jobs }) =>
    ground.survive({
      ...{ name: `every tick delivered twice: ${name}`, seed: 22, trials: 60 },
      storm: ({ arena }) => callAtOnce(arena, jobs, [ownDoors(arena), other.call]),
    }),
  );

  it.each(CRON_GROUPS)("a third of the ticks missing, and then none for six hours: $name", (group) =>
    ground.survive({
      ...{ name: `30 % of the ticks missing, and a gap of six hours: ${group.name}`, seed: 23, trials: LONG ? 60 : 1 },
      storm: (trial) => missTicks(trial, group),
    }),
  );
});

describe("whatever another program writes,", { timeout: 3_600_000 }, () => {
  it.each(CRON_GROUPS)("no effect comes a second time when old news is written over new: $name", ({ name, jobs }) =>
    ground.survive({
      ...{ name: `old news written over new: ${name}`, seed: 24, trials: LONG ? 60 : 1 },
      storm: (trial) => writeOldNews(trial, jobs),
    }),
  );
});

/** A tick a minute, some missing; a gap; and after it the ordinary ticks of a week find all that there is. */
async function missTicks({ arena, stage, random }: Trial, { jobs }: CronGroup): Promise<Finding[]> {
  const tick = () => Promise.all(jobs.map((job) => arena.call(job)));
  for (let minute = 0; minute < TICKS; minute++) {
    await letTimePass(arena, "1 minute");
    if (random() >= MISSING_SHARE) await tick();
  }
  await letTimePass(arena, "6 hours");
  await tick();
  await letTimePass(arena, "8 days");
  await Promise.all(jobs.map((job) => arena.call(job, job.roomForAll)));
  const { sandbox, runtime } = arena.scene;
  const disagreements = await compareRecords(stage, sandbox, runtime.db);
  const ofMeetings = disagreements.filter(({ subject }) => subject === "appointments" || subject === "roll-ups");
  return ofMeetings.map(({ text }) => ({ invariant: "ordinary ticks find everything", text }));
}
