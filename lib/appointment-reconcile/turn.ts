import type { PlaceHooks } from "@/lib/core/pool";
import type { Deadline } from "@/lib/core/time";
import { acquireLease, type Lease } from "@/lib/db/lease";
import type { CheckOptions, ReconcileDeps, ReconcileSettings } from "./deps";
import { getEligibleLeads } from "./eligibility";
import { type CheckedLead, checkPage } from "./page";
import type { Workspace } from "./records";
import type { DueTimes } from "./store/due-leads";
import { markReconciled } from "./store/workspaces";

/** What became of a workspace in a run. */
export type Turn =
  | { kind: "processed"; checked: CheckedLead[]; more: boolean }
  /** Another run has it. */
  | { kind: "locked" }
  | { kind: "circuit_open" }
  /** Another run had done all of it by the time its turn came. */
  | { kind: "nothing_due" };

export interface TurnContext {
  settings: ReconcileSettings;
  options: CheckOptions;
  times: DueTimes;
  deadline: Deadline;
}

/** One workspace's turn: take its lease, choose its due leads, check them, pass the turn on. */
export async function takeTurn(
  deps: ReconcileDeps,
  workspace: Workspace,
  context: TurnContext,
  place: PlaceHooks,
): Promise<Turn> {
  // A dry run changes nothing, so it needs nobody's leave and stands in nobody's way.
  if (context.options.dryRun) return checkDueLeads(deps, workspace, context, place, null);
  const lease = await acquireLease(deps.db, leaseKeyOf(workspace.id));
  if (!lease) return { kind: "locked" };
  try {
    deps.onStep?.("lease_taken");
    return await checkDueLeads(deps, workspace, context, place, lease);
  } finally {
    await lease.release();
  }
}

function leaseKeyOf(workspaceId: string): string {
  return `appointment-reconcile:${workspaceId}`;
}

async function checkDueLeads(
  deps: ReconcileDeps,
  workspace: Workspace,
  { settings, options, times, deadline }: TurnContext,
  place: PlaceHooks,
  lease: Lease | null,
): Promise<Turn> {
  const due = await getEligibleLeads(deps.db, workspace, times, settings.leadsPerWorkspace);
  if (due.leadIds.length === 0) return { kind: "nothing_due" };
  const session = await deps.openSession(workspace, {
    deadline,
    dryRun: options.dryRun,
    onParked: place.parked,
    onResumed: place.resumed,
  });
  if (session === "circuit_open") return { kind: "circuit_open" };
  const leadIds = due.leadIds.slice(0, session.leadsMax);
  const { leadConcurrency } = settings;
  try {
    const page = { workspace, session, lease, options, leadConcurrency, signal: deadline.signal };
    const checked = await checkPage(deps, leadIds, page);
    return { kind: "processed", checked, more: due.more || leadIds.length < due.leadIds.length };
  } finally {
    await session.close();
    deps.onStep?.("circuit_recorded");
    if (!options.dryRun) await markReconciled(deps.db, workspace.id, deps.clock.now());
    deps.onStep?.("turn_marked");
  }
}
