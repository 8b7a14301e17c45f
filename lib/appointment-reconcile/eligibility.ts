import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Workspace } from "./records";
import { fillQuota } from "./rules/quota";
import { type DueTimes, findDueLeads, findWorkspacesWithDueLeads } from "./store/due-leads";
import { readWorkspaces } from "./store/workspaces";

/** A lead with a meeting ahead is looked at this often, so that a cancellation is known within the hour. */
const BOOKED_PATIENCE_MS = 60 * MINUTE_MS;

/** When leads are due at `now`, with this patience. */
export function dueTimesAt(now: Date, patience: { hotMinutes: number; staleDays: number }): DueTimes {
  const before = (ms: number) => new Date(now.getTime() - ms);
  return {
    now,
    hotBefore: before(patience.hotMinutes * MINUTE_MS),
    bookedBefore: before(BOOKED_PATIENCE_MS),
    staleBefore: before(patience.staleDays * DAY_MS),
  };
}

export interface EligibleWorkspaces {
  /** With credentials, a circuit that is not open, and a due lead; least recently reconciled first. */
  workspaces: Workspace[];
  withoutCredentials: number;
  circuitOpen: number;
}

/** The workspaces that a run may take, and how many it may not, by reason. Two statements, whatever their number. */
export async function getEligibleWorkspaces(
  db: Db,
  times: DueTimes,
  filter: { clientId?: string | undefined } = {},
): Promise<EligibleWorkspaces> {
  const { workspaces, withoutCredentials } = await readWorkspaces(db, filter);
  const isOpen = ({ circuit }: Workspace) => circuit.openUntil !== null && circuit.openUntil > times.now;
  const reachable = workspaces.filter((workspace) => !isOpen(workspace));
  const due = await findWorkspacesWithDueLeads(db, reachable, times);
  return {
    workspaces: reachable.filter((workspace) => due.has(workspace.id)),
    withoutCredentials,
    circuitOpen: workspaces.length - reachable.length,
  };
}

export interface EligibleLeads {
  leadIds: string[];
  /** Due leads remain that the quota had no room for. */
  more: boolean;
}

/** The leads of a workspace that this run should check, in order: hot, booked, warm, each within its share. */
export async function getEligibleLeads(
  db: Db,
  workspace: Pick<Workspace, "id" | "provider">,
  times: DueTimes,
  quota: number,
): Promise<EligibleLeads> {
  // One more than the quota of each tier, to know whether anything is left over.
  const due = await findDueLeads(db, workspace, times, quota + 1);
  const taken = fillQuota(due, quota);
  const distinct = new Set(due.map((lead) => lead.id)).size;
  return { leadIds: taken.map((lead) => lead.id), more: distinct > taken.length };
}
