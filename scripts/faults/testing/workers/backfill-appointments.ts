import { defineBackfill } from "@/lib/cli/define-backfill";
import { appointmentsBackfill } from "@/scripts/backfill-appointments/definition";
import { hearSteps } from "./death";

/** The backfill's own command, which dies where the environment says. */
const onStep = hearSteps();
const { run } = appointmentsBackfill;
process.exitCode = await defineBackfill(
  {
    ...appointmentsBackfill,
    run: (runtime, call) => run({ ...runtime, reconcile: { ...runtime.reconcile, onStep } }, call),
  },
  process.argv.slice(2),
);
