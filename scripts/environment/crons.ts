import { readFileSync } from "node:fs";
import { Cron } from "croner";
import { z } from "zod";

/** One entry of vercel.json's `crons`. */
export interface CronEntry {
  path: string;
  schedule: string;
  /** The last part of the path. */
  job: string;
}

/** The crons that vercel.json names, in its order. Throws on an entry that Vercel would not take either. */
export function readCrons(file: URL = new URL("../../vercel.json", import.meta.url)): CronEntry[] {
  const { crons } = vercelSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  return crons.map(({ path, schedule }) => ({ path, schedule, job: path.slice(path.lastIndexOf("/") + 1) }));
}

/** When a cron is next due after `from`. Vercel reads schedules in UTC, whatever zone this machine is in. */
export function nextRunAfter(schedule: string, from: Date): Date {
  const next = new Cron(schedule, SCHEDULE_OPTIONS).nextRun(from);
  if (next === null) throw new Error(`"${schedule}" is never due`);
  return next;
}

/** Vercel's schedules have five fields, without seconds. */
export const SCHEDULE_OPTIONS = { mode: "5-part", timezone: "UTC" } as const;

const schedule = z.string().refine((pattern) => {
  try {
    return new Cron(pattern, { ...SCHEDULE_OPTIONS, paused: true }).nextRun() !== null;
  } catch {
    return false;
  }
}, "is not a schedule of five fields");

const vercelSchema = z.looseObject({
  crons: z.array(z.object({ path: z.string().startsWith("/"), schedule })),
});
