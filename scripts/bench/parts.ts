import { backfillRatePart } from "./backfill-rate";
import { backgroundSyncPart } from "./background-sync";
import { consolePart } from "./console";
import { eligibilityPart } from "./eligibility";
import { followUpsPart } from "./followups";
import { memoryPart } from "./memory";
import { reconcilePart } from "./reconcile";
import type { BenchPart } from "./report";
import { responseTimingPart } from "./response-timing";

/** In the order in which they are measured and told; the names are those of `--only` and of the files of results. */
export const PARTS: Record<string, BenchPart> = {
  reconcile: reconcilePart,
  "backfill-rate": backfillRatePart,
  eligibility: eligibilityPart,
  "follow-ups": followUpsPart,
  "response-timing": responseTimingPart,
  "background-sync": backgroundSyncPart,
  console: consolePart,
  memory: memoryPart,
};
