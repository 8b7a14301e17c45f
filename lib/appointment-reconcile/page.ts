import pLimit from "p-limit";
import { CutOffError } from "@/lib/core/errors";
import { abortWith, listenedToByMany } from "@/lib/core/time";
import type { Lease } from "@/lib/db/lease";
import type { ActContext } from "./act";
import { type CheckResult, checkLead } from "./check";
import type { CheckOptions, ReconcileDeps } from "./deps";
import type { LeadRecord, Workspace } from "./records";
import { waitAfterFailuresMs } from "./rules/backoff";
import type { ProviderSession } from "./session";
import { moveWatermarks, readLeads, type Watermark } from "./store/leads";

export interface PageContext {
  workspace: Workspace;
  session: ProviderSession;
  lease: Lease | null;
  options: CheckOptions;
  leadConcurrency: number;
  /** Starts no further lead, and cuts off those under way. */
  signal: AbortSignal;
  /** Starts no further lead; those under way may end. */
  stop?: AbortSignal;
  /** What else belongs into the transaction of a lead that changes. */
  alongside?: ActContext["alongside"];
}

export interface CheckedLead {
  lead: LeadRecord;
  result: CheckResult;
}

/**
 * Checks a page of leads. A constant number of statements reads it and moves the watermarks of those that did not
 * change or could not be checked; each lead that changed has a transaction of its own. Stops asking when the circuit
 * opens: what was not asked about is put back.
 */
export async function checkPage(
  deps: ReconcileDeps,
  leadIds: readonly string[],
  context: PageContext,
): Promise<CheckedLead[]> {
  const checked = await checkLeads(deps, leadIds, context);
  if (!context.options.dryRun) {
    await moveWatermarks(deps.db, watermarksOf(deps, checked), context.lease);
    deps.onStep?.("watermarks_moved");
  }
  return checked;
}

/** The same, but for the watermarks of those that had no transaction of their own: they are left to the caller. */
export async function checkLeads(
  deps: ReconcileDeps,
  leadIds: readonly string[],
  context: PageContext,
): Promise<CheckedLead[]> {
  const leads = await readLeads(deps.db, leadIds, context.workspace.provider);
  deps.onStep?.("page_read");
  context.session.expectLeads(leads.length);
  return checkAll(deps, leads, context);
}

/** Several leads at a time. An error that is none of a lead's own ends the page, once what is under way has ended. */
async function checkAll(
  deps: ReconcileDeps,
  leads: readonly LeadRecord[],
  context: PageContext,
): Promise<CheckedLead[]> {
  const { session, lease, options, alongside } = context;
  const { provider } = session.source;
  const stop = new AbortController();
  const unfollow = abortWith(stop, [context.signal, ...(lease ? [lease.signal] : [])]);
  const signal = listenedToByMany(stop.signal);
  const limit = pLimit(context.leadConcurrency);
  let circuitOpen = false;
  const check = async (lead: LeadRecord): Promise<CheckedLead> => {
    if (circuitOpen) return { lead, result: { kind: "put_back", reason: "circuit_open" } };
    if (signal.aborted || context.stop?.aborted) return { lead, result: { kind: "put_back", reason: "cut_off" } };
    const result = await checkLead(deps, lead, session.source, { provider, lease, options, alongside }, signal);
    if (result.kind === "checked") circuitOpen = session.record(null) || circuitOpen;
    if (result.kind === "failed" && result.error) circuitOpen = session.record(result.error) || circuitOpen;
    deps.log.debug({ leadId: lead.id, ...summarize(result) }, "lead checked");
    return { lead, result };
  };
  const results = await Promise.allSettled(
    leads.map((lead) =>
      limit(check, lead).catch((error: unknown) => {
        stop.abort(new CutOffError("the page was given up"));
        throw error;
      }),
    ),
  );
  unfollow();
  return results.map((settled) => {
    if (settled.status === "rejected") throw settled.reason;
    return settled.value;
  });
}

/** The watermark moves on every outcome, but where there was no check or the change already moved it. */
export function watermarksOf(deps: ReconcileDeps, checked: readonly CheckedLead[]): Watermark[] {
  const checkedAt = deps.clock.now();
  return checked
    .filter(({ result }) => leavesWatermark(result))
    .map(({ lead, result }): Watermark => {
      const waitMs = result.kind === "failed" ? waitAfterFailuresMs(lead.checkFailures + 1) : null;
      return { lead, checkedAt, retryAt: waitMs === null ? null : new Date(checkedAt.getTime() + waitMs) };
    });
}

function leavesWatermark(result: CheckResult): boolean {
  switch (result.kind) {
    case "checked":
    case "skipped":
      return !result.settled;
    case "failed":
      return true;
    case "put_back":
      return false;
  }
}

function summarize(result: CheckResult): object {
  switch (result.kind) {
    case "checked":
      return { outcome: result.outcome, tasksCreated: result.tasksCreated };
    case "failed":
      return { outcome: "failed", reason: result.reason, message: result.error?.message };
    default:
      return { outcome: result.kind, reason: result.reason };
  }
}
