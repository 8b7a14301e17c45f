import type { Logger } from "@/lib/core/log";
import type { Deadline } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { inBatches } from "./batches";
import { completeBooked, findBooked, type MissedInstance } from "./store/backstop";

/** What each step of a run works with. */
export interface StepScope {
  db: Db;
  now: Date;
  /** Only this workspace's instances. */
  clientId?: string | undefined;
  /** Counts, and changes nothing. */
  dryRun?: boolean | undefined;
  /** Ends the step early; what is left is for another run. */
  deadline?: Pick<Deadline, "passed"> | undefined;
  log?: Logger | undefined;
}

/** So many ids say where to look; the count says how many there were. */
const LOGGED_IDS_MAX = 20;

/**
 * Completes every open sequence of leads that have the meeting which it was to bring about, active or paused. Whoever
 * booked the meeting ought to have done it: each one found is a booking path that does not, and is logged as a warning.
 *
 * Throws when it fails: a backstop that fails quietly would look like one that finds nothing.
 */
export async function completeFollowUpsForMeetingBookedLeads(
  scope: StepScope,
): Promise<{ completedCount: number; exhausted: boolean }> {
  if (scope.dryRun) return { completedCount: (await findBooked(scope.db, scope)).length, exhausted: true };
  const { rows, exhausted } = await inBatches(scope.deadline, (limit) => completeBooked(scope.db, scope, limit));
  if (rows.length > 0) warn(scope, rows);
  return { completedCount: rows.length, exhausted };
}

function warn({ log }: StepScope, missed: readonly MissedInstance[]): void {
  const instanceIds = missed.slice(0, LOGGED_IDS_MAX).map(({ id }) => id);
  const bookedBy: Record<string, number> = {};
  for (const { appointmentSource } of missed) {
    const path = appointmentSource ?? "status set by hand or by another program";
    bookedBy[path] = (bookedBy[path] ?? 0) + 1;
  }
  log?.warn({ completedCount: missed.length, bookedBy, instanceIds }, "booked leads still had open follow-ups");
}
