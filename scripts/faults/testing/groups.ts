import { LONG } from "../scoreboard";
import { CRON_JOBS, type CronJob } from "./jobs";
import type { Size } from "./world";

/** Crons that a fault hits at the same time. */
export interface CronGroup {
  name: string;
  jobs: readonly CronJob[];
  /** A world that gives all of them something to do. */
  size: Size;
}

/** Something for every cron, as little as there is of everything. */
export const ALL_SORTS: Size = { ghl: 1, calendly: 1, leads: 24, sequences: true, conversations: true };

const TOGETHER: CronGroup = { name: "all crons at once", jobs: CRON_JOBS, size: ALL_SORTS };

/** Each cron by itself, and all at once; in the short run they share their trials. */
export const CRON_GROUPS: readonly CronGroup[] = LONG
  ? [...CRON_JOBS.map((job) => ({ name: job.name, jobs: [job], size: job.size })), TOGETHER]
  : [TOGETHER];
