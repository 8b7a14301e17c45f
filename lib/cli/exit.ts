import { describeError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { UsageError } from "./flags";
import { tell } from "./output";
import { StateRefusedError } from "./state-file";

/** What a process says when it ends. Stopped by a signal it is 130 or 143. */
export const EXIT = { done: 0, failed: 1, usage: 2, stateRefused: 3, database: 4 } as const;

/** The database cannot be worked with; the message says why and what to do. */
export class DatabaseNotReadyError extends Error {
  override readonly name = "DatabaseNotReadyError";
}

/** Something that the call named does not exist. */
export class NoSuchThingError extends Error {
  override readonly name = "NoSuchThingError";
}

/** Tells people what went wrong, and the exit code that says the same to programs. */
export function explainExit(error: unknown, command: string): number {
  if (error instanceof UsageError) {
    tell(`${error.message}\nSee ${command} --help.`);
    return EXIT.usage;
  }
  if (isDatabaseUnavailable(error)) {
    tell(`The database cannot be reached: ${describeError(error)}\nWhat was done is on the books; --resume goes on.`);
    return EXIT.database;
  }
  tell(describeError(error));
  if (error instanceof StateRefusedError) return EXIT.stateRefused;
  if (error instanceof DatabaseNotReadyError) return EXIT.database;
  return EXIT.failed;
}
