import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { runPool } from "@/lib/core/pool";
import type { BackfillLedger } from "@/lib/db/backfill-ledger";
import type { CheckOptions, ReconcileDeps } from "../deps";
import type { Workspace } from "../records";
import { countBackfillLeads } from "../store/backfill-leads";
import { readWorkspaces } from "../store/workspaces";
import { LeadBudget } from "./budget";
import { retryFailed, type WalkContext, type WalkEnd, walkWorkspace } from "./walk";

export interface BackfillParams {
  clientId?: string | undefined;
  /** Leads never checked, or last checked before this, are asked about. */
  staleBefore: Date;
  leadConcurrency: number;
  workspaceConcurrency: number;
  pageSizeMax: number;
  /** How many leads this invocation may ask about; null for all. */
  leadsMax: number | null;
  dryRun: boolean;
  skipSideEffects: boolean;
}

export interface BackfillEnd {
  /** Every lead was asked about. */
  complete: boolean;
  /** What kept it from its end that waiting does not mend; sentences for people. */
  obstacles: string[];
}

/**
 * Goes through all history of the workspaces, by the same rules, effects and rate limits as the cron: first every
 * workspace to its end, then the leads that failed in an earlier invocation. Every step is booked in the ledger, so that
 * it can be stopped at any moment and taken up by another process.
 */
export async function backfillAppointments(
  deps: ReconcileDeps,
  params: BackfillParams,
  ledger: BackfillLedger,
  monitor: BackfillMonitor,
): Promise<BackfillEnd> {
  const { workspaces } = await readWorkspaces(deps.db, { clientId: params.clientId });
  const options: CheckOptions = {
    source: "backfill",
    dryRun: params.dryRun,
    skipSideEffects: params.skipSideEffects,
  };
  const context: WalkContext = {
    ...{ options, ledger, monitor, staleBefore: params.staleBefore },
    ...{ leadConcurrency: params.leadConcurrency, pageSizeMax: params.pageSizeMax },
    budget: new LeadBudget(params.leadsMax ?? Number.POSITIVE_INFINITY),
  };
  await announceSize(deps, workspaces, context);
  const walked = await inAll(workspaces, params.workspaceConcurrency, context, (workspace, itsContext) =>
    walkWorkspace(deps, workspace, itsContext),
  );
  const open = workspaces.filter((workspace) => walked.get(workspace.id) === "done");
  const retried = await inAll(open, params.workspaceConcurrency, context, (workspace, itsContext) =>
    retryFailed(deps, workspace, itsContext),
  );
  const ends = [...walked, ...retried];
  const shut = [...new Set(ends.filter(([, end]) => end === "shut").map(([id]) => id))];
  return {
    complete: walked.size === workspaces.length && ends.every(([, end]) => end === "done"),
    obstacles: shut.map(
      (id) => `The provider of workspace ${id} stays shut; see why in its circuit, mend it, then use --resume.`,
    ),
  };
}

async function announceSize(
  deps: ReconcileDeps,
  workspaces: readonly Workspace[],
  { ledger, monitor, staleBefore }: WalkContext,
): Promise<void> {
  for (const workspace of workspaces) {
    if (monitor.stop.aborted) return;
    const { cursor, done } = await ledger.readUnit(workspace.id);
    if (!done) monitor.expect(await countBackfillLeads(deps.db, { workspace, staleBefore }, cursor));
  }
}

/** Several workspaces at once; one that waits leaves its place to the next. */
async function inAll(
  workspaces: readonly Workspace[],
  places: number,
  context: WalkContext,
  work: (workspace: Workspace, context: WalkContext) => Promise<WalkEnd>,
): Promise<Map<string, WalkEnd>> {
  const queue = [...workspaces];
  const ends = new Map<string, WalkEnd>();
  await runPool({
    places,
    next: () => (context.monitor.stop.aborted ? undefined : queue.shift()),
    work: async (workspace: Workspace, place) => {
      const monitor: BackfillMonitor = {
        ...context.monitor,
        waiting: (reason) => {
          const goOn = context.monitor.waiting(reason);
          place.parked();
          return () => {
            place.resumed();
            goOn();
          };
        },
      };
      ends.set(workspace.id, await work(workspace, { ...context, monitor }));
    },
  });
  return ends;
}
