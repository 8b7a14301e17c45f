import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

export interface EndedProcess {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs one of the project's scripts in a process of its own, with nothing of this process's environment but PATH.
 * `killMsAfterOutput` sends it a signal so long after it first said something: its start takes as long as it takes.
 */
export async function runScript(
  script: string,
  args: readonly string[],
  environment: Record<string, string>,
  options: { killMsAfterOutput?: number; signal?: NodeJS.Signals } = {},
): Promise<EndedProcess> {
  const child = spawn(process.execPath, ["--import", "tsx", script, ...args], {
    cwd: PROJECT_FOLDER,
    env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  const { killMsAfterOutput } = options;
  if (killMsAfterOutput !== undefined) {
    const kill = () => setTimeout(() => child.kill(options.signal ?? "SIGKILL"), killMsAfterOutput);
    Promise.race([once(child.stdout, "data"), once(child.stderr, "data")]).then(kill, () => {});
  }
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
