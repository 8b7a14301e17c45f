import { reconcileSingleLead } from "@/lib/appointment-reconcile/single-lead";
import { startDeadline } from "@/lib/core/time";
import { changedRows, takeSnapshot } from "../../truth/snapshot";
import type { Finding } from "../invariants/evidence";
import type { Arena } from "./arena";
import { letLeasesRunOut } from "./calm";
import type { BackfillJob, CronJob } from "./jobs";
import { kill, prepareBackfill, startServer } from "./processes";
import type { Subject } from "./subject";
import type { Trial } from "./trials";

/**
 * Processes that are put to sleep between what a provider told them and what they make of it, while the world moves on.
 * A sleeper's own clock is not asked: it sleeps for less than its lease, so that nothing but the database can tell it
 * that its time is over.
 */

/** Between the answer and the transaction in which it is acted upon. */
const DEATH = { step: "observed", nth: 1, signal: "SIGSTOP" } as const;

/** What a sleeper needs: everybody is asked about at once, and nobody's patience with a provider ends meanwhile. */
export const SLEEPERS_ENVIRONMENT = {
  RECONCILE_LEAD_CONCURRENCY: "24",
  RECONCILE_WORKSPACE_CONCURRENCY: "1",
  PROVIDER_TIMEOUT_MS: "60000",
};

/** Its lease runs out while it sleeps; nobody else has seen what it saw. */
export async function oversleepLease(arena: Arena, job: CronJob, folder?: string): Promise<Finding[]> {
  return wakeAfter(arena, job, folder, () => letLeasesRunOut(arena));
}

/** It keeps its lease, but somebody without one makes the records true, and again when the world has moved on. */
export async function oversleepNews(
  { arena, stage, playNextAct }: Trial,
  job: CronJob,
  folder?: string,
): Promise<Finding[]> {
  const lookAtAll = async () => {
    const deadline = startDeadline(60_000);
    const { reconcile } = arena.scene.runtime;
    for (const { actor } of stage.parts) await reconcileSingleLead(reconcile, actor.lead.id, { deadline });
    deadline.dispose();
  };
  return wakeAfter(arena, job, folder, async () => {
    await lookAtAll();
    playNextAct();
    await lookAtAll();
  });
}

/** Another process takes the sleeper's backfill up and brings it to its end. */
export async function oversleepBackfill(arena: Arena, job: BackfillJob): Promise<Finding[]> {
  const backfill = await prepareBackfill(arena, job);
  const sleeper = backfill.start({ death: DEATH });
  await sleeper.untilSaid(/SIGSTOP at/);
  await letLeasesRunOut(arena);
  const resumed = await backfill.resume();
  const findings = await wake(arena, sleeper, sleeper.ended);
  await kill(arena, sleeper);
  await backfill.forget();
  return [...resumed, ...findings];
}

async function wakeAfter(
  arena: Arena,
  job: CronJob,
  folder: string | undefined,
  meanwhile: () => Promise<void>,
): Promise<Finding[]> {
  const server = await startServer(arena, { death: DEATH, folder });
  const call = server.call(job);
  await server.subject.untilSaid(/SIGSTOP at/);
  await meanwhile();
  const findings = await wake(arena, server.subject, call);
  await kill(arena, server.subject);
  return findings;
}

/** Lets the sleeper go on to its end: whatever it changes is wrong. */
async function wake({ scene }: Arena, sleeper: Subject, end: Promise<unknown>): Promise<Finding[]> {
  const { db } = scene.runtime;
  const before = await takeSnapshot(db);
  sleeper.send("SIGCONT");
  await end;
  const changed = changedRows(before, await takeSnapshot(db));
  return changed.map((key) => ({ invariant: "who overslept makes no effect", text: `${key} was changed` }));
}
