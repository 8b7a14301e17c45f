import { reconcileSingleLead } from "@/lib/appointment-reconcile/single-lead";
import { startDeadline } from "@/lib/core/time";
import { PLOTS } from "../../truth/plots";
import { changedRows, takeSnapshot } from "../../truth/snapshot";
import type { Stage } from "../../truth/stage";
import type { Finding } from "../invariants/evidence";
import type { Arena } from "./arena";
import type { BackfillJob } from "./backfill-jobs";
import { letLeasesRunOut } from "./calm";
import { type CronJob, RECONCILE } from "./jobs";
import { kill, prepareBackfill, type Start, startServer } from "./processes";
import type { Subject } from "./subject";
import type { Trial } from "./trials";
import type { Death } from "./workers/death";

/**
 * Processes that are put to sleep between what a provider told them and what they make of it, while the world moves on.
 * A sleeper's own clock is not asked: it sleeps for less than its lease, so that nothing but the database can tell it
 * that its time is over.
 */

/** Between the answer and the transaction in which it is acted upon, at the n-th lead. */
const fallAsleepAt = (nth: number, step: string): Death => ({ step, nth, signal: "SIGSTOP" });

/**
 * What a sleeper needs: one lead at a time, so that it holds no other lead's transaction open, and that nobody's patience
 * with a provider ends meanwhile.
 */
export const SLEEPERS_ENVIRONMENT = {
  RECONCILE_LEAD_CONCURRENCY: "1",
  RECONCILE_WORKSPACE_CONCURRENCY: "1",
  PROVIDER_TIMEOUT_MS: "60000",
};

/**
 * Its lease runs out while it sleeps. What a reconcile run saw nobody else has seen; what others were about to do another
 * run has done by the time that they wake.
 */
export async function oversleepLease({ arena, random }: Trial, job: CronJob, folder?: string): Promise<Finding[]> {
  const nth = job === RECONCILE ? 1 + Math.floor(random() * LEADS_BEFORE_SLEEP_MAX) : 1;
  return wakeAfter(arena, job, { death: fallAsleepAt(nth, stepOf(job)), folder }, async () => {
    await letLeasesRunOut(arena);
    if (job !== RECONCILE) await arena.call(job, job.everythingIsDue);
  });
}

function stepOf({ name, fallsAsleepAt }: CronJob): string {
  if (fallsAsleepAt === null) throw new Error(`nobody can oversleep in ${name}`);
  return `${name} ${fallsAsleepAt}`;
}

/** Fewer than there are leads in a sleeper's world. */
const LEADS_BEFORE_SLEEP_MAX = 12;

/** It keeps its lease, but somebody without one makes the records true, and again when the world has moved on. */
export async function oversleepNews(
  { arena, world: { stage }, playNextAct }: Trial,
  job: CronJob,
  folder?: string,
): Promise<Finding[]> {
  const death = fallAsleepAt(await findRank(arena, stage), stepOf(job));
  const lookAtAll = async () => {
    const deadline = startDeadline(60_000);
    const { reconcile } = arena.scene.runtime;
    for (const { actor } of stage.parts) await reconcileSingleLead(reconcile, actor.lead.id, { deadline });
    deadline.dispose();
  };
  return wakeAfter(arena, job, { death, folder }, async () => {
    await lookAtAll();
    await playNextAct();
    await lookAtAll();
  });
}

/**
 * When the run comes to a lead whose next deed nothing but the lead itself would betray: it cancels and books again, and
 * in the sleeper's listing the new meeting is missing. Never-checked and hot leads are asked about by id.
 */
async function findRank(arena: Arena, { parts }: Stage): Promise<number> {
  const treacherous = parts.find(({ plot }) => plot === PLOTS[REBOOKING_PLOT])?.actor.lead.id;
  const { rows } = await arena.witness.query<{ id: string }>(`
    SELECT "id" FROM "Lead" l WHERE EXISTS (
      SELECT 1 FROM "FollowUpInstance" i JOIN "FollowUpSequence" s ON s."id" = i."sequenceId"
      WHERE i."leadId" = l."id" AND i."status" = 'active' AND s."triggerOn" IS DISTINCT FROM 'meeting_selected')
    ORDER BY "appointmentLastCheckedAt" NULLS FIRST, "id"`);
  return Math.max(1, rows.findIndex(({ id }) => id === treacherous) + 1);
}

/** Books in the first act and re-books in the second. */
const REBOOKING_PLOT = 7;

/** Another process takes the sleeper's backfill up and brings it to its end. */
export async function oversleepBackfill(arena: Arena, job: BackfillJob): Promise<Finding[]> {
  const backfill = await prepareBackfill(arena, job);
  const sleeper = backfill.start({ death: fallAsleepAt(1, job.fallsAsleepAt ?? "") });
  await sleeper.untilSaid(/SIGSTOP at/);
  await letLeasesRunOut(arena);
  const resumed = await backfill.resume();
  const findings = await wake(arena, sleeper, sleeper.ended);
  await kill(arena, sleeper);
  await backfill.forget();
  return [...resumed, ...findings];
}

async function wakeAfter(arena: Arena, job: CronJob, start: Start, meanwhile: () => Promise<void>): Promise<Finding[]> {
  const server = await startServer(arena, start);
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
  await sleeper.wake(end);
  const changed = changedRows(before, await takeSnapshot(db));
  return changed.map((key) => ({ invariant: "who overslept makes no effect", text: `${key} was changed` }));
}
