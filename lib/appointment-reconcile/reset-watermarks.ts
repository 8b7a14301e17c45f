import type { Db } from "@/lib/db/client";
import { clearWatermarks, countWatermarks, type ResetScope } from "./store/reset-watermarks";

/** A statement clears so many watermarks: short enough to stand in nobody's way. */
const BATCH_SIZE = 1_000;

export interface ResetResult {
  dryRun: boolean;
  /** Watermarks cleared, or that would be, by workspace. */
  workspaces: { clientId: string; leads: number }[];
  total: number;
}

/** Counts the watermarks in scope and writes nothing. */
export async function previewReset(db: Db, scope: ResetScope): Promise<ResetResult> {
  return toResult(true, await countWatermarks(db, scope));
}

/**
 * Makes leads with a GHL appointment that were last checked before an instant count as never checked, so that the cron
 * or a backfill goes through them again. In batches; stopped at any moment, calling it again does the rest.
 */
export async function resetWatermarks(db: Db, scope: ResetScope & { checkedBefore: Date }): Promise<ResetResult> {
  const cleared = new Map<string, number>();
  for (const clientId of (await countWatermarks(db, scope)).keys()) {
    for (let afterId: string | null = ""; afterId !== null; ) {
      const { checkedBefore } = scope;
      const batch = await clearWatermarks(db, { clientId, checkedBefore }, afterId, BATCH_SIZE);
      cleared.set(clientId, (cleared.get(clientId) ?? 0) + batch.cleared);
      afterId = batch.lastId;
    }
  }
  return toResult(false, cleared);
}

function toResult(dryRun: boolean, counts: ReadonlyMap<string, number>): ResetResult {
  const workspaces = [...counts].map(([clientId, leads]) => ({ clientId, leads }));
  return { dryRun, workspaces, total: workspaces.reduce((sum, { leads }) => sum + leads, 0) };
}

/** What was done, as lines for people. */
export function describeReset({ dryRun, workspaces, total }: ResetResult): string[] {
  const done = dryRun ? "would be reset (dry run: nothing was written; --apply does it)" : "reset";
  return [
    ...workspaces.map(({ clientId, leads }) => `  ${String(leads).padStart(9)}  ${clientId}`),
    `${total} watermarks ${done}`,
  ];
}
