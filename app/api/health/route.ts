import { z } from "zod";
import { defineRead } from "@/lib/cron/define-read";
import { isDatabaseReachable } from "@/lib/db/reachable";
import { reportHealth } from "@/lib/health/report";

export const dynamic = "force-dynamic";
export const maxDuration = 30;

export const { GET, HEAD } = defineRead({
  name: "health",
  params: z.strictObject({}),
  open: async ({ db }) =>
    (await isDatabaseReachable(db))
      ? { status: 200, body: { status: "ok" } }
      : { status: 503, body: { status: "unavailable" } },
  read: async ({ health }) => {
    const report = await reportHealth(health);
    return { status: report.status === "overdue" ? 503 : 200, body: report };
  },
});
