import { SECOND_MS } from "@/lib/core/time";
import type { ReconcileDeps } from "./deps";
import { dueTimesAt } from "./eligibility";
import { findOldestDue } from "./store/oldest-due";
import { readWorkspaces } from "./store/workspaces";

/**
 * For how long the hot or booked lead that has been due longest has waited, in whole seconds; 0 when none is due. Leads
 * of workspaces without credentials, or behind a circuit that is not closed, do not count: no run could check them.
 */
export async function measureReconcileLag({
  db,
  clock,
  settings,
}: Pick<ReconcileDeps, "db" | "clock" | "settings">): Promise<number> {
  const now = clock.now();
  const { workspaces } = await readWorkspaces(db, {});
  const reachable = workspaces.filter(({ circuit }) => circuit.openUntil === null);
  const since = await findOldestDue(db, reachable, dueTimesAt(now, settings));
  return since === null ? 0 : Math.max(0, Math.round((now.getTime() - since.getTime()) / SECOND_MS));
}
