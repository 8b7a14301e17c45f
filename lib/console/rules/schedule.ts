import { Cron } from "croner";
import vercel from "@/vercel.json";

export interface ScheduledJob {
  job: string;
  path: string;
  /** In UTC, as Vercel reads it. */
  schedule: string;
}

/** The crons that this deployment is asked to run, in the order of vercel.json. */
export const SCHEDULED_JOBS: readonly ScheduledJob[] = vercel.crons.map(({ path, schedule }) => ({
  job: path.slice(path.lastIndexOf("/") + 1),
  path,
  schedule,
}));

/** The next two times after `from` at which a schedule is due. Throws on a schedule that never is. */
export function nextDueAfter(schedule: string, from: Date): [Date, Date] {
  const [next, following] = new Cron(schedule, { mode: "5-part", timezone: "UTC", paused: true }).nextRuns(2, from);
  if (!next || !following) throw new Error(`The schedule "${schedule}" is never due twice.`);
  return [next, following];
}
