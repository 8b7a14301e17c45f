import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { sleep } from "@/lib/core/time";
import type { BackfillLedger, PageEntry } from "@/lib/db/backfill-ledger";
import { acquireLease, confirmLease, type Lease } from "@/lib/db/lease";
import type { CheckOptions, ReconcileDeps } from "../deps";
import { watermarksOf } from "../page";
import type { Workspace } from "../records";
import { findBackfillPage } from "../store/backfill-leads";
import { moveWatermarks } from "../store/leads";
import type { LeadBudget } from "./budget";
import { bookPage, entryOfAct } from "./entries";
import { checkUntilAsked, type Dealt } from "./pending";

export interface WalkContext {
  options: CheckOptions;
  ledger: BackfillLedger;
  monitor: BackfillMonitor;
  budget: LeadBudget;
  /** Leads last checked before this are asked about; fixed when the run was first started. */
  staleBefore: Date;
  leadConcurrency: number;
  pageSizeMax: number;
}

/** How a walk through one workspace ended. */
export type WalkEnd = "done" | "stopped" | "budget_spent" | "shut";

/** How often a walk looks whether another process has given its workspace up. */
const LEASE_LOOK_EVERY_MS = 500;

/** Walks one workspace by id, page by page, from where the books say that the run has come to its end. */
export async function walkWorkspace(deps: ReconcileDeps, workspace: Workspace, context: WalkContext): Promise<WalkEnd> {
  return underLease(deps, workspace, context, async (lease) => {
    let { cursor, done } = await context.ledger.readUnit(workspace.id);
    const scope = { workspace, staleBefore: context.staleBefore };
    while (!done) {
      if (context.monitor.stop.aborted) return "stopped";
      const granted = await context.budget.reserve(context.pageSizeMax);
      if (granted === 0) return "budget_spent";
      const ids = await findBackfillPage(deps.db, scope, cursor, granted);
      context.budget.settle(granted, ids.length);
      const dealt = await checkPageOf(deps, workspace, context, lease, ids);
      done = ids.length < granted && dealt.left.length === 0;
      cursor = lastDealtWith(ids, dealt.left) ?? cursor;
      await book(deps, workspace, context, lease, { ids, dealt, cursor, done, entryForEach: false });
      if (dealt.shut) return "shut";
      if (dealt.left.length > 0) return "stopped";
    }
    return "done";
  });
}

/** Takes up the workspace's leads that failed in an earlier invocation, each once. */
export async function retryFailed(deps: ReconcileDeps, workspace: Workspace, context: WalkContext): Promise<WalkEnd> {
  return underLease(deps, workspace, context, async (lease) => {
    for (let afterId = ""; ; ) {
      if (context.monitor.stop.aborted) return "stopped";
      const granted = await context.budget.reserve(context.pageSizeMax);
      if (granted === 0) return "budget_spent";
      const ids = await context.ledger.findFailed(workspace.id, afterId, granted);
      context.budget.settle(granted, ids.length);
      if (ids.length === 0) return "done";
      context.monitor.expect(ids.length);
      const dealt = await checkPageOf(deps, workspace, context, lease, ids);
      await book(deps, workspace, context, lease, { ids, dealt, cursor: null, done: false, entryForEach: true });
      if (dealt.shut) return "shut";
      if (dealt.left.length > 0) return "stopped";
      afterId = ids.at(-1) ?? afterId;
    }
  });
}

/**
 * Works on a workspace while no other backfill does. Waits for one that does; a process that died is waited for until
 * its lease runs out. A lease that is lost on the way is waited for again, and the books are read afresh.
 */
async function underLease(
  deps: ReconcileDeps,
  workspace: Workspace,
  { monitor }: WalkContext,
  work: (lease: Lease) => Promise<WalkEnd>,
): Promise<WalkEnd> {
  while (!monitor.stop.aborted) {
    const lease = await acquireLease(deps.db, `backfill-appointments:${workspace.id}`);
    if (!lease) {
      const goOn = monitor.waiting("lease");
      await sleep(LEASE_LOOK_EVERY_MS, monitor.stop).catch(() => {});
      goOn();
      continue;
    }
    deps.onStep?.("lease_taken");
    try {
      const end = await work(lease);
      if (end !== "stopped" || !lease.signal.aborted) return end;
    } catch (error) {
      if (!lease.signal.aborted) throw error;
    } finally {
      await lease.release();
    }
  }
  return "stopped";
}

function checkPageOf(
  deps: ReconcileDeps,
  workspace: Workspace,
  { options, ledger, monitor, leadConcurrency }: WalkContext,
  lease: Lease,
  ids: readonly string[],
): Promise<Dealt> {
  return checkUntilAsked(deps, ids, {
    ...{ workspace, options, monitor, lease, leadConcurrency, signal: monitor.abort, stop: monitor.stop },
    alongside: async (tx, lead, acted) => {
      const entry = entryOfAct(workspace.id, lead.id, acted);
      if (entry) await ledger.recordLead(tx, entry);
    },
  });
}

/**
 * Puts a page on the books: its watermarks, counts, failures and the cursor, in one transaction under the lease. What
 * lies behind the cursor is never asked about again; what lies before it and was dealt with is known by its watermark.
 */
async function book(
  deps: ReconcileDeps,
  workspace: Workspace,
  { ledger, monitor, options }: WalkContext,
  lease: Lease,
  page: { ids: readonly string[]; dealt: Dealt; cursor: string | null; done: boolean; entryForEach: boolean },
): Promise<void> {
  const { cursor, done, entryForEach } = page;
  const { dryRun } = options;
  const checked = dryRun ? beforeFirstLeft(page.ids, page.dealt) : page.dealt.checked;
  const booking = bookPage(workspace.id, checked, { dryRun, entryForEach });
  const entry: PageEntry = { unit: workspace.id, cursor, done, ...booking };
  await ledger.savePage(entry, async (tx) => {
    await confirmLease(tx, lease);
    await moveWatermarks(tx, watermarksOf(deps, checked), null);
  });
  deps.onStep?.("watermarks_moved");
  monitor.advance(checked.length);
  await monitor.booked();
}

/** The last id such that it and all before it were dealt with; null when not even the first was. */
function lastDealtWith(ids: readonly string[], left: readonly string[]): string | null {
  const [firstLeft] = left;
  const end = firstLeft === undefined ? ids.length : ids.indexOf(firstLeft);
  return ids[end - 1] ?? null;
}

/** A dry run leaves no watermarks: what it saw behind a gap is seen again, so it is not counted now. */
function beforeFirstLeft(ids: readonly string[], { checked, left }: Dealt): Dealt["checked"] {
  const [firstLeft] = left;
  if (firstLeft === undefined) return checked;
  const counted = new Set(ids.slice(0, ids.indexOf(firstLeft)));
  return checked.filter(({ lead }) => counted.has(lead.id));
}
