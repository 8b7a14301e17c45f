import { inBatches } from "./batches";
import type { StepScope } from "./deps";
import {
  findEnriched,
  findGhosted,
  findSnoozed,
  type ResumedInstance,
  resumeEnriched,
  resumeGhosted,
  resumeSnoozed,
} from "./store/resumes";

/** What a resume did. */
export interface Resumed {
  resumedCount: number;
  /** Those that it resumed, or would have: each has at most one touch in this run, however much is overdue. */
  resumedIds: string[];
  exhausted: boolean;
}

/** Resumes what was paused because the lead was snoozed, once the snooze is over and the next step is due. */
export async function resumeSnoozedFollowUps(scope: StepScope): Promise<Resumed> {
  if (scope.dryRun) return toResumed(await findSnoozed(scope.db, scope));
  const { rows, exhausted } = await inBatches(scope.deadline, (limit) => resumeSnoozed(scope.db, scope, limit));
  return { ...toResumed(rows), exhausted };
}

/**
 * Resumes what was paused because the lead replied, once the lead has fallen silent: the last message is ours, and it and
 * the lead's last are at least seven days old.
 */
export async function resumeGhostedFollowUps(scope: StepScope): Promise<Resumed> {
  if (scope.dryRun) return toResumed(await findGhosted(scope.db, scope));
  const { rows, exhausted } = await inBatches(scope.deadline, (limit) => resumeGhosted(scope.db, scope, limit));
  return { ...toResumed(rows), exhausted };
}

/** Resumes what waited for the lead's data, once the next step's channel has what it needs. */
export async function resumeEnrichedFollowUps(scope: StepScope): Promise<Resumed> {
  if (scope.dryRun) return toResumed(await findEnriched(scope.db, scope));
  const { rows, exhausted } = await inBatches(scope.deadline, (limit) => resumeEnriched(scope.db, scope, limit));
  return { ...toResumed(rows), exhausted };
}

function toResumed(rows: readonly ResumedInstance[]): Resumed {
  const resumedIds = rows.filter((row) => !row.replied).map((row) => row.id);
  return { resumedCount: resumedIds.length, resumedIds, exhausted: true };
}
