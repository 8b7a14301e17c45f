import { backfillAppointments } from "@/lib/appointment-reconcile/backfill/backfill";
import { summarizeAppointments } from "@/lib/appointment-reconcile/backfill/summary";
import type { BackfillDefinition } from "@/lib/cli/define-backfill";
import { integerFlag, switchFlag } from "@/lib/cli/flags";
import { DAY_MS } from "@/lib/core/time";

const flags = {
  "lead-concurrency": integerFlag({ min: 1, max: 100, byDefault: 5 }, "leads at once in a workspace"),
  "client-concurrency": integerFlag({ min: 1, max: 100, byDefault: 2 }, "workspaces at once"),
  "max-leads": integerFlag({ min: 1, max: 1e9, byDefault: null }, "ask about so many leads, then stop"),
  "stale-days": integerFlag({ min: 0, max: 365, byDefault: 7 }, "leave out who was checked since so many days"),
  "page-size": integerFlag({ min: 1, max: 1000, byDefault: 100 }, "leads between two checkpoints"),
  "skip-side-effects": switchFlag("roll-ups only: no task, no sequence, no status"),
  "ghl-requests-per-10s": integerFlag({ min: 1, max: 10_000, byDefault: null }, "rate per location"),
  "calendly-requests-per-minute": integerFlag({ min: 1, max: 10_000, byDefault: null }, "rate per token"),
};

/** The backfill of appointments, as its command runs it. */
export const appointmentsBackfill: BackfillDefinition<typeof flags> = {
  job: "appointments",
  command: "npx tsx scripts/backfill-appointments.ts",
  summary: "Asks the providers about the meetings of all leads that wrote to us, and makes the records true.",
  stateFile: "./.backfill-appointments.json",
  flags,
  progress: "rate",
  environment: (flags) => ({
    ...(flags["ghl-requests-per-10s"] && { GHL_REQUESTS_PER_10S: String(flags["ghl-requests-per-10s"]) }),
    ...(flags["calendly-requests-per-minute"] && {
      CALENDLY_REQUESTS_PER_MINUTE: String(flags["calendly-requests-per-minute"]),
    }),
  }),
  identity: (flags) => ({ staleDays: flags["stale-days"], skipSideEffects: flags["skip-side-effects"] }),
  run: (runtime, { flags, clientId, dryRun, startedAt, ledger, monitor }) => {
    const params = {
      clientId: clientId ?? undefined,
      staleBefore: new Date(startedAt.getTime() - flags["stale-days"] * DAY_MS),
      leadConcurrency: flags["lead-concurrency"],
      workspaceConcurrency: flags["client-concurrency"],
      pageSizeMax: flags["page-size"],
      leadsMax: flags["max-leads"],
      dryRun,
      skipSideEffects: flags["skip-side-effects"],
    };
    return backfillAppointments(runtime.reconcile, params, ledger, monitor);
  },
  summarize: summarizeAppointments,
};
