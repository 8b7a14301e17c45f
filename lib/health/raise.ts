import { randomUUID } from "node:crypto";
import { assessJobs } from "./assess";
import type { HealthDeps } from "./deps";
import { type AlarmFacts, compareWithRecord, findTroubles } from "./rules/alarms";
import { composeAlert } from "./rules/alert-text";
import { waitAfterAttemptsMs } from "./rules/backoff";
import {
  countUncertainSends,
  listDeadCredentials,
  listFailedSyncs,
  readBreakers,
  sumFindings,
} from "./store/alarm-facts";
import { readAlarms, recordChanges, rewordAlarms } from "./store/alarms";
import { claimAlerts, forgetOldAlerts, recordTold, recordUntold, supersedeOldAlerts } from "./store/alerts";

/** As many reconcile runs as the run breaker's alarm looks back on. */
const BREAKERS_READ = 3;
/** More dead credentials than this are one incident; the rest are alarms as soon as some of these have recovered. */
const DEAD_CREDENTIALS_MAX = 1_000;

/**
 * Compares what is wrong now with what is on record as wrong, and writes down each change with the alert that tells of
 * it. Everything is decided by the records, so that what one run did not live to see the next one does; nothing is told
 * twice, because a change is written only on the state on which it was decided. Returns how many changes there were.
 */
export async function raiseAlarms(deps: HealthDeps): Promise<number> {
  const { db } = deps;
  const stored = await readAlarms(db);
  const firing = new Set(stored.filter(({ state }) => state === "firing").map(({ key }) => key));
  const troubles = findTroubles(await readFacts(deps), firing);
  const { changes, reworded } = compareWithRecord(troubles, stored);
  if (reworded.length > 0) await rewordAlarms(db, reworded);
  return changes.length > 0 ? recordChanges(db, changes) : 0;
}

async function readFacts(deps: HealthDeps): Promise<AlarmFacts> {
  const { db } = deps;
  const [assessment, breakersTripped, deadCredentials, findings, sendsUncertain, failedSyncs] = await Promise.all([
    assessJobs(deps),
    readBreakers(db, BREAKERS_READ),
    listDeadCredentials(db, DEAD_CREDENTIALS_MAX),
    sumFindings(db),
    countUncertainSends(db),
    listFailedSyncs(db),
  ]);
  const jobs = assessment.jobs.map(({ watched, runs, verdict, isStalled }) => ({
    ...{ job: watched.job, schedule: watched.schedule, isStalled, isOverdue: verdict.state === "overdue" },
    lastSuccessAt: runs.lastSuccess?.endedAt ?? null,
  }));
  return { jobs, breakersTripped, deadCredentials, sendsUncertain, failedSyncs, ...findings };
}

/**
 * Tells people of all changes that they have not been told of, in one message. At least once, not at most: a process
 * that dies between telling and recording is told again by the next run of any job, since an alarm nobody heard is worse
 * than one heard twice. While the receiver is away the alerts wait, longer each time. Never rejects for what it does.
 */
export async function tellAlerts({ db, log, postAlert }: HealthDeps, giveUp: AbortSignal): Promise<void> {
  if ((await supersedeOldAlerts(db)) > 0) await forgetOldAlerts(db);
  if (postAlert === null) return;
  const token = randomUUID();
  const claimed = await claimAlerts(db, token);
  if (claimed.length === 0) return;
  const delivery = await postAlert({ text: composeAlert(claimed) }, giveUp);
  if (delivery.kind === "delivered") {
    await recordTold(db, token);
    await forgetOldAlerts(db);
    return;
  }
  const { reason, retryAfterMs } = delivery;
  log.warn({ alerts: claimed.length, reason }, "alerts could not be posted");
  const waits = claimed.map(({ alarmKey, change, attempts }) => ({
    ...{ alarmKey, change, waitMs: waitAfterAttemptsMs(attempts, retryAfterMs) },
  }));
  await recordUntold(db, token, reason, waits);
}
