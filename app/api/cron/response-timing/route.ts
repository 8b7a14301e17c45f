import { defineCron } from "@/lib/cron/define-cron";
import { cronParams, integerParam } from "@/lib/cron/params";
import { processResponseTiming } from "@/lib/response-timing/runner";

export const dynamic = "force-dynamic";
export const maxDuration = 130;

export const { GET, POST, HEAD } = defineCron({
  job: "response-timing",
  maxDuration: 130,
  budgetMs: (runtime, params) => params.maxMs ?? runtime.env.RESPONSE_TIMING_MAX_MS,
  params: cronParams({
    batchSize: integerParam(1, 5000),
    maxMs: integerParam(250, 120_000),
    lookbackDays: integerParam(1, 3650),
  }),
  run: (runtime, params, deadline) => processResponseTiming(runtime.responseTiming, params, deadline),
});
