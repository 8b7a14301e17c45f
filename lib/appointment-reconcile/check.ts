import { describeError, isProviderFailure, ProviderError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { type ActContext, act, decideNow } from "./act";
import type { ReconcileDeps } from "./deps";
import { canBeAsked, type LeadRecord, subjectOf } from "./records";
import { changesNothing, type LeadOutcome } from "./rules/decide";
import type { AppointmentSource, Observation } from "./source";

/** What became of one lead in a run. */
export type CheckResult =
  /** Asked about and made true. `settled` where the watermark moved with the change, in its transaction. */
  | { kind: "checked"; outcome: LeadOutcome; tasksCreated: number; oddRows: number; settled: boolean }
  /** The provider could not be asked, or what it said could not be stored. */
  | { kind: "failed"; reason: string; error: ProviderError | null; countsForBreaker: boolean }
  /** Nothing to do for this lead. `settled` where the watermark moved with the finding. */
  | { kind: "skipped"; reason: "nothing_to_ask_with" | "taken"; settled: boolean }
  /** No check: nothing moves, the lead is as due as it was. */
  | { kind: "put_back"; reason: "rate_limited" | "cut_off" | "circuit_open" | "changed_meanwhile" };

/** A 429 parks the account; when it may be used again the lead is asked about again, at most this often. */
const ATTEMPTS_WHILE_RATE_LIMITED_MAX = 3;

/**
 * One lead from top to bottom: ask its provider, decide, and act if there is anything to write. What is unchanged is
 * left to the page, which moves all such watermarks in one statement.
 *
 * @throws only when the database cannot be reached.
 */
export async function checkLead(
  deps: ReconcileDeps,
  lead: LeadRecord,
  source: AppointmentSource,
  context: ActContext,
  signal: AbortSignal,
): Promise<CheckResult> {
  if (!canBeAsked(lead, source.provider)) return { kind: "skipped", reason: "nothing_to_ask_with", settled: false };
  if (lead.hasOlderTwin) return { kind: "skipped", reason: "taken", settled: false };
  try {
    const observation = await observe(lead, source, signal);
    deps.onStep?.("observed");
    const decision = decideNow(deps, { lead, observation }, context);
    if (changesNothing(decision) && observation.foundContactId === null) {
      return { ...checked(observation), outcome: "unchanged", tasksCreated: 0, settled: false };
    }
    const acted = await act(deps, lead, observation, context);
    switch (acted.kind) {
      case "done": {
        const { outcome, tasksCreated, change } = acted;
        if (outcome !== "unchanged") deps.onChange?.(change);
        return { ...checked(observation), outcome, tasksCreated, settled: !context.options.dryRun };
      }
      case "taken":
        return { kind: "skipped", reason: "taken", settled: !context.options.dryRun };
      case "changed_meanwhile":
        return { kind: "put_back", reason: "changed_meanwhile" };
    }
  } catch (error) {
    return explain(error, signal);
  }
}

const checked = ({ oddRows }: Observation) => ({ kind: "checked", oddRows }) as const;

async function observe(lead: LeadRecord, source: AppointmentSource, signal: AbortSignal): Promise<Observation> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await source.observe(subjectOf(lead), signal);
    } catch (error) {
      const mayWait = error instanceof ProviderError && error.kind === "rate_limited";
      if (!mayWait || attempt >= ATTEMPTS_WHILE_RATE_LIMITED_MAX) throw error;
    }
  }
}

function explain(error: unknown, signal: AbortSignal): CheckResult {
  if (error instanceof ProviderError) {
    if (error.kind === "rate_limited") return { kind: "put_back", reason: "rate_limited" };
    return { kind: "failed", reason: error.kind, error, countsForBreaker: isProviderFailure(error) };
  }
  if (signal.aborted) return { kind: "put_back", reason: "cut_off" };
  if (isDatabaseUnavailable(error)) throw error;
  return { kind: "failed", reason: describeError(error), error: null, countsForBreaker: false };
}
