import { parseArgs } from "node:util";
import { benchBackfillRate } from "./bench/backfill-rate";
import { benchBackgroundSync } from "./bench/background-sync";
import { benchConsole } from "./bench/console";
import { benchEligibility } from "./bench/eligibility";
import { benchFollowUps } from "./bench/followups";
import { benchReconcile } from "./bench/reconcile";
import { benchResponseTiming } from "./bench/response-timing";

/** `npm run bench`: how fast, how flat, how close to the limit. `--quick` at a fiftieth of the size. */
const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const leads = values.quick ? 2_000 : 100_000;
await benchReconcile(20, leads);
await benchEligibility(values.quick ? [10_000, 20_000] : [10_000, 100_000, 1_000_000]);
await benchFollowUps(values.quick ? [10_000] : [10_000, 500_000]);
await benchBackgroundSync(values.quick ? [10_000] : [10_000, 100_000]);
await benchConsole(values.quick ? [10_000] : [10_000, 1_000_000]);
await benchBackfillRate(values.quick ? 3 : 7);
await benchResponseTiming(values.quick ? [100_000] : [100_000, 1_000_000]);
