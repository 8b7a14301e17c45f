import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { compile } from "./compiled";

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

export interface ScriptStart {
  /** From the top of the project. */
  script: string;
  args?: readonly string[];
  environment: Record<string, string>;
  /** Where the project is: a patched copy, or the project itself. */
  folder?: string | undefined;
  /** From its sources, as people start it, and not compiled. */
  asPeopleDo?: boolean | undefined;
}

/** Starts a script of the project with nothing of this process's environment but PATH. */
export function startScript({
  script,
  args = [],
  environment,
  folder = PROJECT_FOLDER,
  asPeopleDo = false,
}: ScriptStart): ChildProcessByStdio<null, Readable, Readable> {
  const program = asPeopleDo ? ["--import", "tsx", script] : [compile(script, folder)];
  return spawn(process.execPath, [...program, ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

export interface EndedProcess {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions extends Pick<ScriptStart, "asPeopleDo"> {
  /** Sends `signal` so long after the process first said something: its start takes as long as it takes. */
  killMsAfterOutput?: number;
  /** SIGKILL unless it is named. */
  signal?: NodeJS.Signals;
  /** Called when the process first said something. */
  onOutput?: () => void;
  /** Nobody reads its standard output: writing there fails. */
  closeStdout?: boolean;
}

/** Runs one of the project's scripts in a process of its own, to its end. */
export async function runScript(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
  options: RunOptions = {},
): Promise<EndedProcess> {
  const child = startScript({ script, args, environment, asPeopleDo: options.asPeopleDo });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  if (options.closeStdout) child.stdout.destroy();
  const firstOutput = Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]);
  firstOutput.then(
    () => {
      options.onOutput?.();
      const { killMsAfterOutput, signal = "SIGKILL" } = options;
      if (killMsAfterOutput !== undefined) setTimeout(() => child.kill(signal), killMsAfterOutput);
    },
    () => {},
  );
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode, stdout: stdout(), stderr: stderr() };
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
