import type { Clock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { clocksOf, judgeSync, type RunFacts, type SyncClocks, type SyncJudgement } from "./rules/health";
import { type HealthRow, readHealthRows } from "./store/health";

/** The latest runs of one workspace, in three figures. */
export interface HealthSummary {
  /** When the latest of them was. */
  lastRun: Date;
  avgStale: number;
  totalFlagged: number;
}

/** How a workspace's sync is, why, and the clocks that say so. */
export interface WorkspaceHealth extends SyncJudgement, SyncClocks {}

export interface SyncHealthReport {
  /** Newest first. */
  runs: HealthRow[];
  /** Over the runs returned, where one workspace was asked about; null without a run, and where all were. */
  summary: HealthSummary | null;
  /** Where all were asked about: by workspace, those that ever ran. */
  summaries: Record<string, HealthSummary>;
  /** How each workspace's sync is, from its latest runs, however few are returned. */
  health: Record<string, WorkspaceHealth>;
}

/** The state depends on so many runs: a day of them, far more than any change of state needs. */
const RUNS_OF_A_STATE = 24;

/** How background sync has been of late, in one workspace or in each; at most `limit` runs of each. One statement. */
export async function getSyncHealth(
  { db, clock }: { db: Db; clock: Clock },
  { clientId, limit }: { clientId?: string | undefined; limit: number },
): Promise<SyncHealthReport> {
  const clientIds = clientId === undefined ? undefined : [clientId];
  const rows = await readHealthRows(db, { clientIds, limit: Math.max(limit, RUNS_OF_A_STATE) });
  const byClient = groupByClient(rows);
  if (clientId !== undefined && byClient.size === 0) byClient.set(clientId, []);
  const returned = new Set([...byClient.values()].flatMap((runs) => runs.slice(0, limit)));
  const summaries = [...byClient].flatMap(([id, runs]) => {
    const summary = summarize(runs.slice(0, limit));
    return summary === null ? [] : [[id, summary] as const];
  });
  const now = clock.now();
  const health = [...byClient].map(([id, runs]) => [id, healthOf(runs.slice(0, RUNS_OF_A_STATE), now)] as const);
  return {
    runs: rows.filter((row) => returned.has(row)),
    summary: clientId === undefined ? null : (summaries[0]?.[1] ?? null),
    summaries: clientId === undefined ? Object.fromEntries(summaries) : {},
    health: Object.fromEntries(health),
  };
}

/** How the sync of each of these workspaces is, by id; `never_run` also for whom there is none. One statement. */
export async function readSyncHealth(
  { db, clock }: { db: Db; clock: Clock },
  clientIds: readonly string[],
): Promise<Map<string, WorkspaceHealth>> {
  const byClient = groupByClient(await readHealthRows(db, { clientIds, limit: RUNS_OF_A_STATE }));
  const now = clock.now();
  return new Map(clientIds.map((id) => [id, healthOf(byClient.get(id) ?? [], now)]));
}

function groupByClient(rows: readonly HealthRow[]): Map<string, HealthRow[]> {
  const byClient = new Map<string, HealthRow[]>();
  for (const row of rows) byClient.set(row.clientId, [...(byClient.get(row.clientId) ?? []), row]);
  return byClient;
}

function summarize(runs: readonly HealthRow[]): HealthSummary | null {
  const [newest] = runs;
  if (newest === undefined) return null;
  const sum = (field: "staleFound" | "flagged") => runs.reduce((total, run) => total + run[field], 0);
  return { lastRun: newest.runAt, avgStale: sum("staleFound") / runs.length, totalFlagged: sum("flagged") };
}

/** Newest first, as they were read. */
function healthOf(runs: readonly HealthRow[], now: Date): WorkspaceHealth {
  const facts = runs.toReversed().map((run): RunFacts => ({ ...run, failed: run.error !== null }));
  return { ...judgeSync(facts, now), ...clocksOf(facts) };
}
