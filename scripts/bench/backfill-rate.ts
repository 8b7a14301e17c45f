import { SECOND_MS } from "@/lib/core/time";
import type { LedgerEntry } from "../sandbox/ledger";
import { maxInRollingWindow } from "../sandbox/rate-window";
import { runBackfill } from "./backfill-process";
import type { BenchPart } from "./report";
import { openStage, seedWorkspaces } from "./stage";

const SCRIPT = "scripts/backfill-appointments.ts";
/** What we allow ourselves of HighLevel's 100 in 10 seconds. */
const REQUESTS_MAX = 90;
const WINDOW_MS = 10 * SECOND_MS;
/** What HighLevel itself allows. */
const REAL_LIMITS = { burst: { requests: 100, windowMs: WINDOW_MS } };

/**
 * How much of the allowed rate a backfill uses, with one workspace and with many, in one process at default settings
 * against the sandbox's real limits. Each takes about `windows` times ten seconds.
 */
export const backfillRatePart: BenchPart = {
  title: () => `Backfill at real limits: ${REQUESTS_MAX} requests per 10 s and location, one process`,
  async measure(report, quick) {
    const windows = quick ? 2 : 7;
    for (const workspaces of quick ? [8] : [1, 8, 32]) {
      const entries = await backfill(workspaces, (windows * REQUESTS_MAX) / 2);
      const accounts = [...new Set(entries.map((entry) => entry.account))];
      const ofAccount = (account: string) => entries.filter((entry) => entry.account === account);
      const total = accounts.reduce((sum, account) => sum + sustainedPerWindow(ofAccount(account)), 0);
      const most = Math.max(...accounts.map((account) => maxInRollingWindow(ofAccount(account), WINDOW_MS)));
      const what = (name: string) => `${workspaces} workspace${workspaces > 1 ? "s" : ""}: ${name}`;
      const share = (100 * total) / (REQUESTS_MAX * workspaces);
      report.add({ what: what("rate over the long run"), value: share, unit: "% of what is allowed" });
      report.add({
        what: what("most requests in any 10 s at one location"),
        value: most,
        unit: "each",
        atMost: REQUESTS_MAX,
      });
      const refused = entries.filter((entry) => entry.status === 429).length;
      report.add({ what: what("requests refused with 429"), value: refused, unit: "each", atMost: 0 });
    }
  },
};

async function backfill(workspaces: number, leadsEach: number): Promise<readonly LedgerEntry[]> {
  const stage = await openStage();
  try {
    await seedWorkspaces(stage, { workspaces, leads: workspaces * leadsEach, limits: REAL_LIMITS });
    await runBackfill(SCRIPT, { ...stage.environment, GHL_REQUESTS_PER_10S: String(REQUESTS_MAX) });
    return [...stage.sandbox.ledger.entries];
  } finally {
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
