import { LONG } from "../scoreboard";
import { CRON_JOBS, type CronJob } from "./jobs";

/** Crons that a fault hits at the same time. */
export interface CronGroup {
  name: string;
  jobs: readonly CronJob[];
}

const TOGETHER: CronGroup = { name: "all crons at once", jobs: CRON_JOBS };

/** Each cron by itself, and all at once; in the short run they share their trials. */
export const CRON_GROUPS: readonly CronGroup[] = LONG
  ? [...CRON_JOBS.map((job) => ({ name: job.name, jobs: [job] })), TOGETHER]
  : [TOGETHER];

/** Called together, as at the full hour; resolves when all are answered. */
export async function callAll<Answer>({ jobs }: CronGroup, call: (job: CronJob) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(jobs.map(call));
}
