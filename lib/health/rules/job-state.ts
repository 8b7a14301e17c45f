import { nextDueAfter, overdueFrom } from "./schedule";

export type JobState =
  | "ok"
  /** No success for three intervals and a minute. */
  | "overdue"
  /** Its runs succeed, and what they are there for does not get done. */
  | "stalled"
  /** No success yet, and not yet too late for the first one. */
  | "never_run"
  /** At work now, and neither overdue nor stalled. */
  | "running";

export interface JobFacts {
  schedule: string;
  /** When the last success ended; null if there was none. */
  lastSuccessAt: Date | null;
  /** When this deployment first ran any job: from then on a job that never ran is waited for. */
  firstRunAt: Date | null;
  isRunning: boolean;
  isStalled: boolean;
}

export interface JobVerdict {
  state: JobState;
  nextDueAt: Date;
  /** From when on it is, or will be, overdue; null while no job ever ran. */
  overdueAt: Date | null;
}

/** How a job is doing at `now`. The gravest word wins: a job that is overdue stays so while it runs. */
export function judgeJob(facts: JobFacts, now: Date): JobVerdict {
  const since = facts.lastSuccessAt ?? facts.firstRunAt;
  const overdueAt = since && overdueFrom(facts.schedule, since);
  return { state: stateOf(facts, overdueAt, now), nextDueAt: nextDueAfter(facts.schedule, now), overdueAt };
}

function stateOf(facts: JobFacts, overdueAt: Date | null, now: Date): JobState {
  if (overdueAt !== null && overdueAt <= now) return "overdue";
  if (facts.isStalled) return "stalled";
  if (facts.isRunning) return "running";
  return facts.lastSuccessAt === null ? "never_run" : "ok";
}
