import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runScript } from "../testing/process";

const WITH_PEAK = "scripts/bench/with-peak.ts";

export interface BackfillProcess {
  /** From the start of the process to its end. */
  tookMs: number;
  /** The most memory that the process had at any time, in MB. */
  peakMb: number;
}

/** Runs a backfill as people do: with `--apply`, in a process of its own, with its books. @throws when it fails. */
export async function runBackfill(
  script: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<BackfillProcess> {
  const folder = await mkdtemp(path.join(tmpdir(), "leadline-bench-"));
  try {
    const stateFile = path.join(folder, "state.json");
    const startedMs = performance.now();
    const flags = ["--apply", "--state-file", stateFile, ...args];
    const ended = await runScript(WITH_PEAK, [script, ...flags], environment, { asPeopleDo: true });
    const tookMs = performance.now() - startedMs;
    if (ended.code !== 0) throw new Error(`the backfill failed: ${ended.stderr}`);
    const kilobytes = /peak resident memory: (\d+) kB/.exec(ended.stderr)?.[1];
    if (kilobytes === undefined) throw new Error("the backfill did not say how much memory it had");
    return { tookMs, peakMb: Number(kilobytes) / 1000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
