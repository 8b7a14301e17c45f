import type { Finding } from "../invariants/evidence";
import type { BackfillJob } from "./backfill-jobs";
import { letTimePass } from "./calm";
import { prepareBackfill } from "./processes";
import type { Trial } from "./trials";

/** Providers answer after this long, so that a page is half done when the signal comes. */
const SLOWNESS_MS = 30;

/** A backfill that is asked to stop in the middle and taken up again has dealt with everybody, without any cron. */
export async function interruptBackfill(
  { arena, world, random }: Trial,
  job: BackfillJob,
  folder?: string,
): Promise<Finding[]> {
  const { sandbox } = arena.scene;
  sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  const backfill = await prepareBackfill(arena, job, folder);
  const stopped = backfill.start();
  await job.untilHalfway(arena, stopped, random);
  stopped.send(random() < 0.5 ? "SIGTERM" : "SIGINT");
  await stopped.ended;
  arena.hear(stopped.said());
  sandbox.faults.clear();
  await letTimePass(arena, "1 minute");
  const findings = await backfill.resume();
  await backfill.forget();
  const leftOut = await job.findLeftOut(arena, world);
  return [...findings, ...leftOut.map((text) => ({ invariant: "a backfill deals with everybody", text }))];
}
