import { runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import { defineCron } from "@/lib/cron/define-cron";
import { cronParams, integerParam } from "@/lib/cron/params";

export const dynamic = "force-dynamic";
export const maxDuration = 60;

export const { GET, POST, HEAD } = defineCron({
  job: "appointment-reconcile",
  maxDuration: 60,
  budgetMs: (runtime) => runtime.env.RECONCILE_MAX_MS,
  params: cronParams({
    workspaceLimit: integerParam(1, 500),
    leadsPerWorkspace: integerParam(1, 1000),
    staleDays: integerParam(0, 365),
    hotMinutes: integerParam(0, 1440),
  }),
  run: (runtime, params, deadline) => runAppointmentReconciliation(runtime.reconcile, params, deadline),
});
