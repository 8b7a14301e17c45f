import { z } from "zod";
import { type App, callCron, figuresOf } from "../environment/cron-call";
import type { CronEntry } from "../environment/crons";

/** What a cron did in one tick, over all its calls. */
export interface TickOfJob {
  job: string;
  calls: number;
  durationMs: number;
  /** The figures of its answers, added up, by the names of the contract: `errors`, `results.sent`. */
  figures: Map<string, number>;
  /** Why the tick is no good; empty if it is. */
  complaints: string[];
}

/**
 * Calls each cron until it says that nothing is left to do. Parameters are those of an operator who does not want to
 * wait until everybody is due by themselves.
 */
export async function tickAll(crons: readonly CronEntry[], app: App): Promise<TickOfJob[]> {
  const ticks: TickOfJob[] = [];
  for (const cron of crons) ticks.push(await tick(cron, app));
  return ticks;
}

const EVERYBODY_IS_DUE: Record<string, Record<string, string>> = {
  "appointment-reconcile": { hotMinutes: "0", staleDays: "0", leadsPerWorkspace: "200", workspaceLimit: "50" },
};

/** A workspace that was out of requests is left to the next call; more calls than that mean that something is stuck. */
const CALLS_MAX = 3;

async function tick({ job, path }: CronEntry, app: App): Promise<TickOfJob> {
  const total: TickOfJob = { job, calls: 0, durationMs: 0, figures: new Map(), complaints: [] };
  while (total.calls < CALLS_MAX) {
    const { status, durationMs, body } = await callCron(app, path, EVERYBODY_IS_DUE[job]);
    total.calls++;
    total.durationMs += durationMs;
    for (const [name, figure] of figuresOf(body)) total.figures.set(name, (total.figures.get(name) ?? 0) + figure);
    const answer = answerSchema.parse(body);
    if (status !== 200 || !answer.success) {
      const reason = [answer.error, answer.details && JSON.stringify(answer.details)].filter(Boolean).join(" ");
      total.complaints.push(`${job} answered ${status} ${reason}`);
      return total;
    }
    if (answer.exhausted !== false && (answer.stopReason ?? "done") === "done") return total;
  }
  total.complaints.push(`${job} was not done after ${CALLS_MAX} calls`);
  return total;
}

const answerSchema = z.looseObject({
  success: z.boolean(),
  error: z.string().optional(),
  details: z.unknown().optional(),
  exhausted: z.boolean().optional(),
  stopReason: z.string().optional(),
});
