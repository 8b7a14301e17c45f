import type { Counts } from "@/lib/db/backfill-ledger";

export interface AppointmentsReport {
  mode: string;
  complete: boolean;
  counts: Counts;
  failed: readonly { leadId: string; reason: string }[];
  requests: number;
  seconds: number;
}

/** People are shown so many failed leads; `--json` has them all. */
const FAILURES_SHOWN_MAX = 20;

/** What a backfill of appointments did, for programs and for people. */
export function summarizeAppointments({ mode, complete, counts, failed, requests, seconds }: AppointmentsReport) {
  const count = (outcome: string) => counts[outcome] ?? 0;
  const changed = {
    booked: count("booked"),
    canceled: count("canceled"),
    rescheduled: count("rescheduled"),
    updated: count("updated"),
    unchanged: count("unchanged"),
  };
  const checked = Object.values(changed).reduce((sum, each) => sum + each, count("failed"));
  const failures = failed.map(({ leadId, reason }) => ({ leadId, reason }));
  const tasksCreated = count("tasksCreated");
  const skipped = count("skipped");
  const json = { mode, complete, checked, ...changed, skipped, failed: failures, requests, seconds, tasksCreated };
  return { json, lines: describe(json, count("failed")) };
}

function describe(
  summary: Record<"checked" | "booked" | "canceled" | "rescheduled" | "updated" | "unchanged" | "skipped", number> & {
    mode: string;
    complete: boolean;
    failed: readonly { leadId: string; reason: string }[];
    requests: number;
    seconds: number;
    tasksCreated: number;
  },
  failedCount: number,
): string[] {
  const { mode, complete, failed, requests, seconds } = summary;
  const state = complete ? "complete" : "not complete: --resume goes on";
  const would = mode === "dry-run" ? " (dry run: nothing was written)" : "";
  const shown = failed.slice(0, FAILURES_SHOWN_MAX).map(({ leadId, reason }) => `    ${leadId}: ${reason}`);
  const more = failedCount > shown.length ? [`    … and ${failedCount - shown.length} more; --json lists them`] : [];
  return [
    `Backfill of appointments, ${state}${would}`,
    `  checked      ${summary.checked}`,
    `  booked       ${summary.booked}`,
    `  canceled     ${summary.canceled}`,
    `  rescheduled  ${summary.rescheduled}`,
    `  updated      ${summary.updated}`,
    `  unchanged    ${summary.unchanged}`,
    `  skipped      ${summary.skipped}`,
    `  tasks        ${summary.tasksCreated}`,
    `  failed       ${failedCount}${failedCount > 0 ? " (--resume takes them up again)" : ""}`,
    ...shown,
    ...more,
    `  ${requests} requests in ${seconds} s by this process`,
  ];
}
