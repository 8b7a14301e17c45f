import { defineBackfill } from "@/lib/cli/define-backfill";
import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import { responseTimingBackfill } from "@/scripts/backfill-response-timing/definition";
import { hearSteps } from "./death";

/** The backfill's own command, which dies where the environment says. */
const onStep = hearSteps();
const { run } = responseTimingBackfill;
process.exitCode = await defineBackfill(
  {
    ...responseTimingBackfill,
    run: (runtime, call) => run(runtime, { ...call, monitor: watch(call.monitor) }),
  },
  process.argv.slice(2),
);

/** The same monitor, which tells when a page was committed, and when it is on the books. */
function watch(monitor: BackfillMonitor): BackfillMonitor {
  const booked = async () => {
    onStep("page_committed");
    await monitor.booked();
    onStep("page_booked");
  };
  return Object.assign(Object.create(monitor), { booked });
}
