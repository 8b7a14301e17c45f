import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
const SCRIPT = "scripts/backfill-response-timing.ts";
const LOOK_EVERY_MS = 50;

export interface TimingBackfill {
  /** From the start of the process to its end. */
  tookMs: number;
  /** The most memory that the process had at any time, in MB; null where the system does not tell. */
  peakMb: number | null;
}

/** Runs the backfill as people do: a process of its own, at default settings, with its books. @throws Error if it fails. */
export async function runTimingBackfill(databaseUrl: string): Promise<TimingBackfill> {
  const folder = await mkdtemp(path.join(tmpdir(), "leadline-bench-"));
  try {
    const startedMs = performance.now();
    const args = ["--import", "tsx", SCRIPT, "--apply", "--state-file", path.join(folder, "state.json")];
    const connection = { DATABASE_URL: databaseUrl, DIRECT_URL: databaseUrl };
    const child = spawn(process.execPath, args, {
      cwd: PROJECT_FOLDER,
      env: { PATH: process.env["PATH"] ?? "", NODE_ENV: "test", LOG_LEVEL: "silent", ...connection },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-2_000);
    });
    let peakMb: number | null = null;
    const look = async () => {
      peakMb = (await readPeakMb(child.pid)) ?? peakMb;
    };
    const looking = setInterval(() => void look(), LOOK_EVERY_MS);
    await once(child, "close");
    clearInterval(looking);
    if (child.exitCode !== 0) throw new Error(`the backfill failed: ${said}`);
    return { tookMs: performance.now() - startedMs, peakMb };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The high-water mark of a process's memory, as Linux keeps it. */
async function readPeakMb(pid: number | undefined): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}
