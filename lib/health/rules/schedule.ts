import { Cron } from "croner";
import { MINUTE_MS } from "@/lib/core/time";

/** Vercel's schedules have five fields and are read in UTC. */
const OPTIONS = { mode: "5-part", timezone: "UTC", paused: true } as const;

/** The contract's patience: a job may miss so many of its turns, */
const INTERVALS = 3;
/** and be this much late with the last of them, because a scheduler is best effort and a run takes its time. */
const GRACE_MS = MINUTE_MS;

/** When a schedule is next due after `from`. @throws when it never is. */
export function nextDueAfter(schedule: string, from: Date): Date {
  return parse(schedule).nextRun(from) ?? neverDue(schedule);
}

/**
 * From when on a job is overdue that last succeeded at `since`: three intervals and a minute later.
 *
 * Intervals are counted from the turn that `since` belongs to, so that a schedule with gaps (office hours, weekdays) is
 * not overdue within one of its own.
 */
export function overdueFrom(schedule: string, since: Date): Date {
  const cron = parse(schedule);
  const third = cron.nextRuns(INTERVALS, since).at(INTERVALS - 1) ?? neverDue(schedule);
  // A turn that is due at this very instant is this turn, and not the next one: hence the millisecond.
  const [turn] = cron.previousRuns(1, new Date(since.getTime() + 1));
  const intervalsMs = third.getTime() - (turn ?? since).getTime();
  return new Date(since.getTime() + intervalsMs + GRACE_MS);
}

function parse(schedule: string): Cron {
  return new Cron(schedule, OPTIONS);
}

function neverDue(schedule: string): never {
  throw new Error(`The schedule "${schedule}" is never due. Mend it in vercel.json.`);
}
