import type { Finding } from "../invariants/evidence";
import { unseen } from "../witness";
import type { Arena } from "./arena";
import { CRON_JOBS, type CronJob } from "./jobs";

/** More calls than that mean that something is stuck. */
const CALLS_MAX = 6;

/**
 * The faults are over: time passes, and every job is called until it says that nothing is left. What a job answers
 * otherwise is a finding.
 */
export async function calmDown(arena: Arena): Promise<Finding[]> {
  arena.scene.sandbox.faults.clear();
  await letTimePass(arena, AN_HOUR);
  return callAllUntilDone(arena);
}

/** Calls every job until it says that nothing is left, without any time passing before. */
export async function callAllUntilDone(arena: Arena): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const job of CRON_JOBS) findings.push(...(await callUntilDone(arena, job)));
  return findings;
}

export const AN_HOUR = "1 hour";

async function callUntilDone(arena: Arena, job: CronJob): Promise<Finding[]> {
  const answers: string[] = [];
  for (let call = 1; call <= CALLS_MAX; call++) {
    const { status, body } = await arena.call(job, job.everythingIsDue);
    if (status === 200 && body["exhausted"] === true && isFree(body["errors"]) && isFree(body["mismatches"])) return [];
    answers.push(`${status} ${JSON.stringify(body)}`);
    await letTimePass(arena, "1 minute");
  }
  return [{ invariant: "every job comes to its end", text: `${job.name} answered ${answers.at(-1)}` }];
}

/** Of errors: their number, or the list of them; null and undefined where a job counts none. */
function isFree(errors: unknown): boolean {
  return Array.isArray(errors) ? errors.length === 0 : (errors ?? 0) === 0;
}

/** What gates work, and what says when it was last done: `column` of `table`. */
const CLOCKED: readonly (readonly [string, readonly string[]])[] = [
  ["Lease", ["expiresAt"]],
  ["Circuit", ["openedAt", "openUntil", "probeUntil"]],
  ["RateLimit", ["blockedUntil"]],
  ["Client", ["appointmentReconciledAt"]],
  ["Lead", ["appointmentLastCheckedAt", "appointmentRetryAt"]],
  ["FollowUpInstance", ["claimExpiresAt"]],
  ["CronRun", ["startedAt"]],
];

/**
 * Moves everything that is measured against a clock into the past, as the passing of this time would: nobody waits.
 * Meetings stay where they are.
 */
export async function letTimePass({ witness }: Arena, interval: string): Promise<void> {
  for (const [table, columns] of CLOCKED) {
    const moved = columns.map((column) => `"${column}" = "${column}" - $1::interval`).join(", ");
    const running = table === "CronRun" ? `WHERE "status" = 'running'` : "";
    await unseen(witness, `UPDATE "${table}" SET ${moved} ${running}`, [interval]);
  }
  await unseen(
    witness,
    `UPDATE "FollowUpSend" SET "expiresAt" = "expiresAt" - $1::interval WHERE "status" = 'sending'`,
    [interval],
  );
  // Only who waits for another try: when a step is due otherwise, the plots say.
  await unseen(
    witness,
    `UPDATE "FollowUpInstance" i SET "nextStepDue" = "nextStepDue" - $1::interval
     WHERE EXISTS (SELECT 1 FROM "FollowUpSend" f WHERE f."instanceId" = i."id" AND f."status" = 'not_sent')`,
    [interval],
  );
  await unseen(witness, `UPDATE "RateLimit" SET "slotGrants" = '{}', "slotFreeAt" = '{}', "slotCounts" = '{}'`);
}

/** Leases alone: nothing else is touched, since a process that was stopped may have it locked. */
export async function letLeasesRunOut({ witness }: Arena): Promise<void> {
  await unseen(witness, `UPDATE "Lease" SET "expiresAt" = clock_timestamp() - interval '1 second'`);
}
