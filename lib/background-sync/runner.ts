import { describeError } from "@/lib/core/errors";
import type { Outcome } from "@/lib/core/outcome";
import { type Deadline, MINUTE_MS } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import type { SyncDeps } from "./deps";
import { reconcileAllWorkspaces } from "./reconcile";

/** What a call may ask for; what it leaves out comes from the settings. */
export interface SyncParams {
  clientId?: string | undefined;
  staleMinutes?: number | undefined;
  batchSize?: number | undefined;
  dryRun: boolean;
}

/**
 * One run of background sync: every workspace that speaks over Kapso has a turn. A workspace that fails is counted.
 *
 * @throws only when the database cannot be reached.
 */
export async function runBackgroundSync(deps: SyncDeps, params: SyncParams, deadline: Deadline): Promise<Outcome> {
  const { clientId, dryRun, staleMinutes = deps.settings.staleMinutes } = params;
  const batchSize = params.batchSize ?? deps.settings.batchSize;
  const context = { clientId, dryRun, deadline, batchSize, staleMs: staleMinutes * MINUTE_MS };
  try {
    const result = await reconcileAllWorkspaces(deps, context);
    return result === "locked" ? { kind: "locked" } : { kind: "ran", result };
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    deps.log.error({ err: { message: describeError(error) } }, "background sync failed");
    return { kind: "failed", error: describeError(error), result: {} };
  }
}
