import type { Deadline } from "@/lib/core/time";
import type { CheckResult } from "./check";
import type { CheckOptions, ReconcileDeps } from "./deps";
import { checkPage } from "./page";
import { readWorkspaceOfLead } from "./store/workspaces";

/** What came of looking at one lead on demand. */
export type SingleLeadResult =
  | CheckResult
  | { kind: "skipped"; reason: "no_such_lead" | "no_credentials" | "circuit_open" };

/**
 * Reconciles one lead now, due or not, by the same rules, effects and rate limits as the cron. Needs no lease: should
 * a run check the lead at the same moment, one of the two finds it changed and leaves it.
 */
export async function reconcileSingleLead(
  deps: ReconcileDeps,
  leadId: string,
  options: Partial<CheckOptions> & { deadline: Deadline },
): Promise<SingleLeadResult> {
  const found = await readWorkspaceOfLead(deps.db, leadId);
  if (found === null) return { kind: "skipped", reason: "no_such_lead" };
  if (found === "no_credentials") return { kind: "skipped", reason: "no_credentials" };
  const { deadline, source = "manual", dryRun = false, skipSideEffects = false } = options;
  const hooks = { onParked: () => {}, onResumed: () => {} };
  const session = await deps.openSession(found, { deadline, dryRun, ...hooks });
  if (session === "circuit_open") return { kind: "skipped", reason: "circuit_open" };
  try {
    const [checked] = await checkPage(deps, [leadId], {
      workspace: found,
      session,
      lease: null,
      options: { source, dryRun, skipSideEffects },
      leadConcurrency: 1,
      signal: deadline.signal,
    });
    return checked?.result ?? { kind: "skipped", reason: "no_such_lead" };
  } finally {
    await session.close();
  }
}
