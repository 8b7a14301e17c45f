import { defineRead } from "@/lib/cron/define-read";
import { collectMetrics } from "@/lib/health/metrics";
import { EXPOSITION_TYPE } from "@/lib/health/rules/exposition";

export const dynamic = "force-dynamic";

export const { GET, HEAD } = defineRead({
  name: "metrics",
  params: {},
  read: async ({ health }) => {
    const headers = { "Cache-Control": "no-store", "Content-Type": EXPOSITION_TYPE };
    return new Response(await collectMetrics(health), { headers });
  },
});
