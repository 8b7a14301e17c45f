import { inBatches } from "./batches";
import type { StepScope } from "./deps";
import { completeBooked, findBooked, type MissedInstance } from "./store/backstop";

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
