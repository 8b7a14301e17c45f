import { afterAll, beforeAll, describe, it } from "vitest";
import type { Finding } from "./invariants/evidence";
import { findWrongMeetings } from "./invariants/records";
import { LONG, trialsOf } from "./scoreboard";
import { openArena } from "./testing/arena";
import { letTimePass } from "./testing/calm";
import { ALL_SORTS, CRON_GROUPS, type CronGroup } from "./testing/groups";
import { RECONCILE } from "./testing/jobs";
import { writeOldNews } from "./testing/old-news";
import { callAtOnce, ownDoors } from "./testing/overlap";
import { kill, type Server, startServer } from "./testing/processes";
import { openProvingGround } from "./testing/proving-ground";
import type { Trial } from "./testing/trials";
import { MEETINGS } from "./testing/world";

const CALLS_AT_ONCE = 50;
/** Of so many ticks some never come. */
const TICKS = LONG ? 8 : 4;
const MISSING_SHARE = 0.3;

const ground = openProvingGround("overlap", () => openArena(), MEETINGS);
let other: Server;
beforeAll(async () => {
  other = await startServer(ground.arena);
});
afterAll(() => kill(ground.arena, other.subject));

describe("whatever the scheduler does, everything is done once:", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it.each(CRON_GROUPS)(`${CALLS_AT_ONCE} calls of $name at once, in two processes`, ({ name, jobs, size }) =>
    ground.survive({
      size,
      ...{ name: `${CALLS_AT_ONCE} calls at the same moment: ${name}`, seed: 21, trials: trialsOf(200, 1) },
      storm: ({ arena }) => {
        const calls = [ownDoors(arena), other.call].flatMap((call) => Array(CALLS_AT_ONCE / 2).fill(call));
        return callAtOnce(arena, jobs, calls);
      },
    }),
  );

  it.each(LONG ? CRON_GROUPS : [])("every tick delivered twice: $name", ({ name, jobs, size }) =>
    ground.survive({
      size,
      ...{ name: `every tick delivered twice: ${name}`, seed: 22, trials: trialsOf(60, 1) },
      storm: ({ arena }) => callAtOnce(arena, jobs, [ownDoors(arena), other.call]),
    }),
  );

  it.each(CRON_GROUPS)("a third of the ticks missing, and then none for six hours: $name", (group) =>
    ground.survive({
      size: group.size,
      ...{
        name: `30 % of the ticks missing, and a gap of six hours: ${group.name}`,
        seed: 23,
        trials: trialsOf(60, 1),
      },
      storm: (trial) => missTicks(trial, group),
    }),
  );
});

describe("whatever another program writes,", { timeout: LONG ? 3_600_000 : 120_000 }, () => {
  it("no effect comes a second time when old news is written over new", () =>
    ground.survive({
      ...{ name: "old news of meetings written over new", seed: 24, trials: trialsOf(60, 1) },
      ...(LONG ? {} : { size: ALL_SORTS }),
      storm: (trial) => writeOldNews(trial, RECONCILE),
    }));
});

/** A tick a minute, some missing; a gap; and after it the ordinary ticks of a week find all that there is. */
async function missTicks({ arena, world, random }: Trial, { jobs }: CronGroup): Promise<Finding[]> {
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
  const wrong = await findWrongMeetings(world.stage, sandbox, runtime.db);
  return wrong.map((text) => ({ invariant: "ordinary ticks find everything", text }));
}
