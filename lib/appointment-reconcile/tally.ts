import type { CheckResult } from "./check";
import type { CheckedLead } from "./page";
import type { ProviderName } from "./source";

export interface ProviderCounts {
  checked: number;
  booked: number;
  canceled: number;
  errors: number;
}

/** The counters of a run: the fields of its answer, under the names that the contract gives them. */
export interface Tally {
  workspacesProcessed: number;
  leadsChecked: number;
  bookedFound: number;
  canceledFound: number;
  rescheduledFound: number;
  updated: number;
  noChange: number;
  skipped: number;
  skippedNoCreds: number;
  skippedCircuitOpen: number;
  tasksCreated: number;
  errors: number;
  /** Rows of listings that could not be read; their pages were used all the same. */
  oddRows: number;
  /** How many leads were skipped, by reason. */
  skippedByReason: Record<string, number>;
  /** How many checks failed, by kind. */
  errorsByKind: Record<string, number>;
  /** The first leads whose checks failed, by the same kinds: whom to look at. Ids only. */
  failedLeads: Record<string, string[]>;
  byProvider: { ghl: ProviderCounts; calendly: ProviderCounts };
}

export function emptyTally(): Tally {
  const provider = (): ProviderCounts => ({ checked: 0, booked: 0, canceled: 0, errors: 0 });
  return {
    workspacesProcessed: 0,
    leadsChecked: 0,
    bookedFound: 0,
    canceledFound: 0,
    rescheduledFound: 0,
    updated: 0,
    noChange: 0,
    skipped: 0,
    skippedNoCreds: 0,
    skippedCircuitOpen: 0,
    tasksCreated: 0,
    errors: 0,
    oddRows: 0,
    skippedByReason: {},
    errorsByKind: {},
    failedLeads: {},
    byProvider: { ghl: provider(), calendly: provider() },
  };
}

/** Counts one lead under its name. Every lead of a page is counted exactly once. */
export function countCheck(tally: Tally, provider: ProviderName, { lead, result }: CheckedLead): void {
  const counts = provider === "GHL" ? tally.byProvider.ghl : tally.byProvider.calendly;
  switch (result.kind) {
    case "skipped":
    case "put_back":
      tally.skipped++;
      increment(tally.skippedByReason, result.reason);
      return;
    case "failed":
      tally.leadsChecked++;
      tally.errors++;
      countFailure(tally, lead.id, result.error?.kind ?? "internal");
      counts.checked++;
      counts.errors++;
      return;
    case "checked":
      tally.leadsChecked++;
      tally.tasksCreated += result.tasksCreated;
      tally.oddRows += result.oddRows;
      counts.checked++;
      countOutcome(tally, counts, result.outcome);
  }
}

/** Enough to see what is wrong; all of them would make the answer of a bad run as long as its workload. */
const FAILED_LEADS_NAMED_MAX = 10;

function countFailure(tally: Tally, leadId: string, kind: string): void {
  increment(tally.errorsByKind, kind);
  const named = tally.failedLeads[kind] ?? [];
  if (named.length < FAILED_LEADS_NAMED_MAX) tally.failedLeads[kind] = [...named, leadId];
}

function countOutcome(tally: Tally, counts: ProviderCounts, outcome: (CheckResult & { kind: "checked" })["outcome"]) {
  switch (outcome) {
    case "booked":
      tally.bookedFound++;
      counts.booked++;
      return;
    case "canceled":
      tally.canceledFound++;
      counts.canceled++;
      return;
    case "rescheduled":
      tally.rescheduledFound++;
      return;
    case "updated":
      tally.updated++;
      return;
    case "unchanged":
      tally.noChange++;
  }
}

function increment(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
