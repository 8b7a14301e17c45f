import { getSyncHealth } from "@/lib/background-sync/reconcile";
import { defineRead } from "@/lib/cron/define-read";
import { idParam, integerParam } from "@/lib/cron/params";

export const dynamic = "force-dynamic";

export const { GET, HEAD } = defineRead({
  name: "sync-health",
  params: { clientId: idParam(), limit: integerParam(1, 1000).default(10) },
  read: (runtime, params) => getSyncHealth(runtime, params),
});
