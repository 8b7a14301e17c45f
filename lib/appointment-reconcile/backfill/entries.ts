import type { Counts, LeadEntry } from "@/lib/db/backfill-ledger";
import type { Acted } from "../act";
import type { CheckResult } from "../check";
import type { CheckedLead } from "../page";

/** The names under which a backfill counts leads. */
export const OUTCOMES = ["booked", "canceled", "rescheduled", "updated", "unchanged", "skipped", "failed"] as const;
export type BackfillOutcome = (typeof OUTCOMES)[number];

/** The entry of a lead that was changed, written in the transaction of the change. */
export function entryOfAct(unit: string, leadId: string, acted: Acted): LeadEntry | null {
  switch (acted.kind) {
    case "changed_meanwhile":
      return null;
    case "taken":
      return { leadId, unit, outcome: "skipped", tasksCreated: 0, reason: null };
    case "done":
      return { leadId, unit, outcome: acted.outcome, tasksCreated: acted.tasksCreated, reason: null };
  }
}

/**
 * What a page has still to book: leads with an entry of their own (failed ones, and all of them where each had one
 * before) and the counts of the rest. What was booked with its change is not booked again.
 */
export function bookPage(
  unit: string,
  checked: readonly CheckedLead[],
  mode: { dryRun: boolean; entryForEach: boolean },
): { counts: Counts; leads: LeadEntry[] } {
  const counts: Counts = {};
  const leads: LeadEntry[] = [];
  for (const { lead, result } of checked) {
    if (!mode.dryRun && isBooked(result)) continue;
    const outcome = outcomeOf(result);
    const tasksCreated = result.kind === "checked" ? result.tasksCreated : 0;
    const reason = result.kind === "failed" ? (result.error?.message ?? result.reason) : null;
    if (mode.entryForEach || outcome === "failed") {
      leads.push({ leadId: lead.id, unit, outcome, tasksCreated, reason });
    } else {
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (tasksCreated > 0) counts["tasksCreated"] = (counts["tasksCreated"] ?? 0) + tasksCreated;
    }
  }
  return { counts, leads };
}

/** A change, and a lead left to its older twin after a look, were booked in their own transactions. */
function isBooked(result: CheckResult): boolean {
  return (result.kind === "checked" && result.settled) || (result.kind === "skipped" && result.settled);
}

function outcomeOf(result: CheckResult): BackfillOutcome {
  switch (result.kind) {
    case "checked":
      return result.outcome;
    case "failed":
      return "failed";
    case "skipped":
    case "put_back":
      return "skipped";
  }
}
