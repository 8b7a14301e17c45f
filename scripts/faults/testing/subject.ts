import type { ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { type ScriptStart, startScript } from "../../testing/process";

/** The program under test in a process of its own: what is done to it is done by the operating system. */
export interface Subject {
  /** Everything it has said so far, on both streams. */
  said(): string;
  /** Resolves with the match once it has said something of the kind. Throws when it ends without. */
  untilSaid(pattern: RegExp): Promise<RegExpExecArray>;
  /** Sends a signal; one to a process that has ended is lost. */
  send(signal: NodeJS.Signals): void;
  /**
   * Wakes one that is stopped, again and again until `until` has settled: it says that it stops before it does, and a
   * signal that comes in between wakes nobody.
   */
  wake<T>(until: Promise<T>): Promise<T>;
  /** Resolves when it has ended and all that it said was read. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts a script of the project, and listens to it. */
export function startSubject(start: ScriptStart): Subject {
  const child = startScript(start);
  const speech = listenTo(child);
  const ended = once(child, "close").then(() => ({ code: child.exitCode, signal: child.signalCode }));
  const send = (signal: NodeJS.Signals) => void child.kill(signal);
  const wake = <T>(until: Promise<T>): Promise<T> => {
    send("SIGCONT");
    const waking = setInterval(() => send("SIGCONT"), WAKE_EVERY_MS);
    return until.finally(() => clearInterval(waking));
  };
  return { ...speech, ended, send, wake };
}

/** Soon enough that nobody notices, seldom enough to cost nothing. */
const WAKE_EVERY_MS = 50;

function listenTo(child: ChildProcessByStdio<null, Readable, Readable>): Pick<Subject, "said" | "untilSaid"> {
  let text = "";
  const hear = (piece: string) => {
    text += piece;
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  return {
    said: () => text,
    untilSaid: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(text);
          if (match) resolve(match);
          return match !== null;
        };
        if (look()) return;
        for (const stream of [child.stdout, child.stderr]) stream.on("data", look);
        child.once("close", () => look() || reject(new Error(`it ended without saying ${pattern}: ${text}`)));
      }),
  };
}
