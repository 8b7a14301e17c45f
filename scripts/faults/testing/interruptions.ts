import { compareRecords } from "../../truth/records";
import type { Finding } from "../invariants/evidence";
import { letTimePass } from "./calm";
import type { BackfillJob } from "./jobs";
import { prepareBackfill, untilAsked } from "./processes";
import type { Trial } from "./trials";

/** Providers answer after this long, so that a page is half done when the signal comes. */
const SLOWNESS_MS = 30;

/** A backfill that is asked to stop in the middle and taken up again has asked about everybody, without any cron. */
export async function interruptBackfill(
  { arena, stage, random }: Trial,
  job: BackfillJob,
  folder?: string,
): Promise<Finding[]> {
  const { sandbox, runtime } = arena.scene;
  sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: SLOWNESS_MS } });
  const backfill = await prepareBackfill(arena, job, folder);
  const stopped = backfill.start();
  await untilAsked(arena, 8 + Math.floor(random() * 20), stopped.ended);
  stopped.send(random() < 0.5 ? "SIGTERM" : "SIGINT");
  await stopped.ended;
  arena.hear(stopped.said());
  sandbox.faults.clear();
  await letTimePass(arena, "1 minute");
  const findings = await backfill.resume();
  await backfill.forget();
  const disagreements = await compareRecords(stage, sandbox, runtime.db);
  const ofMeetings = disagreements.filter(({ subject }) => subject === "appointments" || subject === "roll-ups");
  return [...findings, ...ofMeetings.map(({ text }) => ({ invariant: "a backfill asks about everybody", text }))];
}
