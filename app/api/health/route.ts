import { json } from "@/lib/cron/answers";
import { defineRead } from "@/lib/cron/define-read";
import { isDatabaseReachable } from "@/lib/db/reachable";
import { reportHealth } from "@/lib/health/report";

export const dynamic = "force-dynamic";

export const { GET, HEAD } = defineRead({
  name: "health",
  params: {},
  open: async ({ db }) =>
    (await isDatabaseReachable(db)) ? json(200, { status: "ok" }) : json(503, { status: "unavailable" }),
  read: async ({ health }) => {
    const report = await reportHealth(health);
    return json(report.status === "overdue" ? 503 : 200, report);
  },
});
