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
