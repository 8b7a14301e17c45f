"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { requireOperator } from "@/app/_session/operator";
import type { LeadChange } from "@/lib/appointment-reconcile/change";
import { runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import type { Outcome } from "@/lib/core/outcome";
import { runByHand } from "@/lib/cron/run-by-hand";
import { workspaceExists } from "@/lib/db/workspaces";

const fields = z.object({
  clientId: z.string().min(1).max(200),
  mode: z.enum(["dry", "apply"]),
  everybody: z.enum(["yes", "no"]).default("no"),
  leadsMax: z.coerce.number().int().min(1).max(1_000).default(50),
});

/** The platform's limit on the pages that start runs, in seconds: their `maxDuration`. */
const PAGE_SECONDS_MAX = 60;

/** Changes told one by one; the rest are counted, so that the row of a run stays of a size to be read. */
const CHANGES_TOLD_MAX = 500;

/** Reconciles the leads of one workspace, dry or for real, by the cron's own runner, and goes to the run's page. */
export async function reconcileWorkspace(form: FormData): Promise<void> {
  const runtime = await requireOperator();
  const { clientId, mode, leadsMax, ...read } = fields.parse(Object.fromEntries(form));
  if (!(await workspaceExists(runtime.db, clientId))) redirect("/workspaces");
  const everybody = read.everybody === "yes";
  const dryRun = mode === "dry";
  const changes: LeadChange[] = [];
  const runId = await runByHand(runtime, {
    ...{ job: "appointment-reconcile", dryRun, clientId, maxDuration: PAGE_SECONDS_MAX },
    budgetMs: runtime.env.RECONCILE_MAX_MS,
    run: async (deadline) => {
      const deps = { ...runtime.reconcile, onChange: (change: LeadChange) => void changes.push(change) };
      const due = everybody ? { staleDays: 0, hotMinutes: 0 } : {};
      const params = { clientId, dryRun, workspaceLimit: 1, leadsPerWorkspace: leadsMax, ...due };
      const outcome = await runAppointmentReconciliation(deps, params, deadline);
      const told = changes.slice(0, CHANGES_TOLD_MAX);
      const scope = { clientId, everybody, leadsMax, changes: told, changesLeftOut: changes.length - told.length };
      return withScope(outcome, scope);
    },
  });
  redirect(`/runs/${runId}`);
}

/** What the console adds to the figures of a run, under a name of its own. */
function withScope(outcome: Outcome, scope: object): Outcome {
  const told = { console: scope };
  switch (outcome.kind) {
    case "locked":
      return outcome;
    case "ran":
      return { kind: "ran", result: Object.assign({ ...outcome.result }, told) };
    case "failed":
      return { ...outcome, result: { ...outcome.result, ...told } };
  }
}
