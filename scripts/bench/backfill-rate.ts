import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { SECOND_MS } from "@/lib/core/time";
import type { LedgerEntry } from "../sandbox/ledger";
import { maxInRollingWindow } from "../sandbox/rate-window";
import { runScript } from "../testing/process";
import { openStage, seedWorkspaces } from "./stage";

const SCRIPT = "scripts/backfill-appointments.ts";
/** What we allow ourselves of HighLevel's 100 in 10 seconds. */
const REQUESTS_MAX = 90;
const WINDOW_MS = 10 * SECOND_MS;
/** What HighLevel itself allows. */
const REAL_LIMITS = { burst: { requests: 100, windowMs: WINDOW_MS } };

/**
 * How much of the allowed rate a backfill uses, with one workspace and with eight, in one process at default settings
 * against the sandbox's real limits. Takes about `windows` times ten seconds for each.
 */
export async function benchBackfillRate(windows: number): Promise<void> {
  print(`Backfill at real limits: ${REQUESTS_MAX} requests per 10 s and location, one process`);
  for (const workspaces of [1, 8]) {
    const entries = await backfill(workspaces, (windows * REQUESTS_MAX) / 2);
    const accounts = [...new Set(entries.map((entry) => entry.account))];
    const ofAccount = (account: string) => entries.filter((entry) => entry.account === account);
    const rates = accounts.map((account) => sustainedPerWindow(ofAccount(account)));
    const most = Math.max(...accounts.map((account) => maxInRollingWindow(ofAccount(account), WINDOW_MS)));
    const total = rates.reduce((sum, rate) => sum + rate, 0);
    const share = (100 * total) / (REQUESTS_MAX * workspaces);
    const refused = entries.filter((entry) => entry.status === 429).length;
    print(
      `  ${workspaces} workspace(s): ${total.toFixed(0)} requests per 10 s, ${share.toFixed(1)} % of what is allowed`,
    );
    print(`               at most ${most} in any 10 s at one location, ${refused} refused`);
  }
}

async function backfill(workspaces: number, leadsEach: number): Promise<readonly LedgerEntry[]> {
  const stage = await openStage();
  const folder = await mkdtemp(path.join(tmpdir(), "leadline-bench-"));
  try {
    await seedWorkspaces(stage, workspaces, workspaces * leadsEach, REAL_LIMITS);
    const environment = { ...stage.environment, GHL_REQUESTS_PER_10S: String(REQUESTS_MAX) };
    const ended = await runScript(SCRIPT, ["--apply", "--state-file", path.join(folder, "state.json")], environment);
    if (ended.code !== 0) throw new Error(`the backfill failed: ${ended.stderr}`);
    return [...stage.sandbox.ledger.entries];
  } finally {
    await rm(folder, { recursive: true, force: true });
    await stage.close();
  }
}

/**
 * Requests per window over the long run: from the first request to the first of the last full allowance, so that
 * neither the burst at the start nor the rest at the end counts for more than it is.
 */
function sustainedPerWindow(entries: readonly LedgerEntry[]): number {
  const times = entries.map((entry) => entry.at).toSorted((a, b) => a - b);
  const last = Math.floor((times.length - 1) / REQUESTS_MAX) * REQUESTS_MAX;
  const elapsedMs = (times[last] ?? 0) - (times[0] ?? 0);
  return elapsedMs > 0 ? (last * WINDOW_MS) / elapsedMs : 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
