import { defineCron } from "@/lib/cron/define-cron";
import { cronParams } from "@/lib/cron/params";
import { runFollowUps } from "@/lib/followups/runner";

export const dynamic = "force-dynamic";
export const maxDuration = 60;

export const { GET, POST, HEAD } = defineCron({
  job: "followups",
  maxDuration: 60,
  budgetMs: (runtime) => runtime.env.FOLLOWUPS_MAX_MS,
  params: cronParams({}),
  run: (runtime, params, deadline) => runFollowUps(runtime.followups, params, deadline),
});
