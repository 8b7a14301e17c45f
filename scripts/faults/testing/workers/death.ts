import { writeSync } from "node:fs";
import { z } from "zod";

const deathSchema = z.object({
  step: z.string(),
  nth: z.number().int().min(1),
  /** SIGSTOP leaves a sleeper whom SIGCONT wakes. */
  signal: z.enum(["SIGKILL", "SIGSTOP"]),
});

/** Where a process is to send itself a signal: at a step's n-th time. A server's steps begin with the name of their job. */
export type Death = z.infer<typeof deathSchema>;

/** The variable in which a worker is told of it. */
export const DEATH_VARIABLE = "LEADLINE_DEATH";

/** What a feature's steps are reported to: does nothing until the step that the environment names. */
export function hearSteps(): (step: string) => void {
  const order = process.env[DEATH_VARIABLE];
  if (order === undefined) return () => {};
  const { step: fatal, nth, signal } = deathSchema.parse(JSON.parse(order));
  let left = nth;
  return (step) => {
    if (step !== fatal || --left !== 0) return;
    // Written at once, past every buffer: nothing can be said any more.
    writeSync(1, `${signal} at ${step}\n`);
    process.kill(process.pid, signal);
  };
}
