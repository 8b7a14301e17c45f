import { constants } from "node:os";
import { describeError } from "@/lib/core/errors";

/** What a command has started, to be taken down in the opposite order. */
export interface Teardown {
  add(step: () => Promise<void>): void;
}

/**
 * Runs a command that starts things, and ends the process: with 0 when the command says so, 1 when it says no or fails,
 * and 128 and the signal's number when it is interrupted or abandoned. Whatever the way out, all that was added is taken
 * down first.
 *
 * A second signal ends the process at once: what outlives it is watched by processes that then end it themselves.
 */
export async function runCommand(command: (teardown: Teardown) => Promise<"agreed" | "failed">): Promise<never> {
  const steps: (() => Promise<void>)[] = [];
  // Signals are listened for before there is anything that they could leave behind.
  const ways = [interruption(), abandonment()];
  const work = command({ add: (step) => steps.push(step) }).then((said) => (said === "agreed" ? 0 : 1));
  const code = await Promise.race([work.catch(complain), ...ways]);
  for (const step of steps.toReversed()) await step().catch(complain);
  process.exit(code);
}

function complain(error: unknown): number {
  process.stderr.write(`${describeError(error)}\n`);
  return 1;
}

const ENDING_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The exit code that the first signal calls for. */
function interruption(): Promise<number> {
  return new Promise((resolve) => {
    let interrupted = false;
    for (const signal of ENDING_SIGNALS) {
      process.on(signal, () => {
        const code = 128 + constants.signals[signal];
        if (interrupted) process.exit(code);
        interrupted = true;
        resolve(code);
      });
    }
  });
}

const PARENT_WATCHED_EVERY_MS = 1_000;

/** The exit code for a command that npm has started, once npm is gone: killed, it could not pass on why. */
function abandonment(): Promise<number> {
  const startedByNpm = process.env["npm_lifecycle_event"] !== undefined;
  const parent = process.ppid;
  return new Promise((resolve) => {
    const look = () => {
      if (startedByNpm && process.ppid !== parent) resolve(128 + constants.signals.SIGTERM);
    };
    setInterval(look, PARENT_WATCHED_EVERY_MS).unref();
  });
}
