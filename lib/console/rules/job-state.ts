import { MINUTE_MS } from "@/lib/core/time";
import { nextDueAfter } from "./schedule";

/** How a cron stands, in one word. */
export type JobState = "never_run" | "running" | "ok" | "failing" | "overdue";

export interface JobFacts {
  schedule: string;
  now: Date;
  /** When it last ended well by itself: not a dry run, and not by hand. */
  lastSuccessAt: Date | null;
  /** Its latest run, whoever started it. */
  latest: { status: string; startedAt: Date } | null;
}

/** A scheduler may skip a run or two and the next heals it; from the third on somebody should look. */
const INTERVALS_MISSED_MAX = 3;

/** Overdue comes before everything else: three intervals and a minute without a success. */
export function jobStateOf({ schedule, now, lastSuccessAt, latest }: JobFacts): JobState {
  if (latest === null) return "never_run";
  const [from, to] = nextDueAfter(schedule, lastSuccessAt ?? latest.startedAt);
  const patienceMs = INTERVALS_MISSED_MAX * (to.getTime() - from.getTime()) + MINUTE_MS;
  if (now.getTime() - (lastSuccessAt ?? latest.startedAt).getTime() > patienceMs) return "overdue";
  switch (latest.status) {
    case "running":
      return "running";
    case "failed":
    case "abandoned":
      return "failing";
    default:
      return "ok";
  }
}
