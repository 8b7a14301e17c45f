import { RECONCILE_STEPS } from "@/lib/appointment-reconcile/deps";
import { runAppointmentReconciliation } from "@/lib/appointment-reconcile/runner";
import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";

/**
 * One reconcile run in a process of its own. With the name of a step it kills itself, as surely as an outage would,
 * at that step's n-th time: `reconcile.ts [step] [n]`.
 */
const [stepName, occurrence = "1"] = process.argv.slice(2);
const fatalStep = RECONCILE_STEPS.find((step) => step === stepName);
if (stepName !== undefined && fatalStep === undefined) throw new Error(`There is no step ${stepName}.`);

const { reconcile, db } = createRuntime(parseEnv(process.env));
let timesLeft = Number(occurrence);
const onStep: typeof reconcile.onStep = (step) => {
  if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, "SIGKILL");
};
process.stdout.write("started\n");
const params = { dryRun: false, staleDays: 0, hotMinutes: 0, workspaceLimit: 500 };
const outcome = await runAppointmentReconciliation({ ...reconcile, onStep }, params, startDeadline(30_000));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
await db.$disconnect();
