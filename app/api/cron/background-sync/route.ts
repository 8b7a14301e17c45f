import { runBackgroundSync } from "@/lib/background-sync/runner";
import { defineCron } from "@/lib/cron/define-cron";
import { cronParams, integerParam } from "@/lib/cron/params";

export const dynamic = "force-dynamic";
export const maxDuration = 300;

export const { GET, POST, HEAD } = defineCron({
  job: "background-sync",
  maxDuration: 300,
  // Kapso gives away so few requests a minute that a run has to last for some; it comes but once an hour.
  budgetMs: () => 280_000,
  params: cronParams({
    staleMinutes: integerParam(1, 10_080),
    batchSize: integerParam(1, 1000),
  }),
  run: (runtime, params, deadline) => runBackgroundSync(runtime.backgroundSync, params, deadline),
});
