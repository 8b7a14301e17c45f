import { z } from "zod";
import { defineRead } from "@/lib/cron/define-read";
import { collectMetrics } from "@/lib/health/metrics";
import { EXPOSITION_TYPE } from "@/lib/health/rules/exposition";

export const dynamic = "force-dynamic";
export const maxDuration = 30;

export const { GET, HEAD } = defineRead({
  name: "metrics",
  params: z.strictObject({}),
  read: async ({ health }) => ({ status: 200, text: await collectMetrics(health), contentType: EXPOSITION_TYPE }),
});
