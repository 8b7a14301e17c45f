import { Cron } from "croner";
import { describeError } from "@/lib/core/errors";
import { type App, type CronAnswer, callCron } from "./cron-call";
import { type CronEntry, SCHEDULE_OPTIONS } from "./crons";

export interface TickerHooks {
  answered(cron: CronEntry, answer: CronAnswer): void;
  failed(cron: CronEntry, reason: string): void;
}

/**
 * Does what Vercel does with vercel.json: calls each cron when its schedule says so, whether or not the call before has
 * been answered. Returns what stops it.
 */
export function startTicker(crons: readonly CronEntry[], app: App, hooks: TickerHooks): () => void {
  const jobs = crons.map((cron) => {
    const tick = async () => {
      try {
        hooks.answered(cron, await callCron(app, cron.path));
      } catch (error) {
        hooks.failed(cron, describeError(error));
      }
    };
    return new Cron(cron.schedule, SCHEDULE_OPTIONS, tick);
  });
  return () => {
    for (const job of jobs) job.stop();
  };
}
