import { SYNC_STEPS } from "@/lib/background-sync/deps";
import { runBackgroundSync } from "@/lib/background-sync/runner";
import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";

/**
 * One run of background sync in a process of its own. With the name of a step it kills itself, as surely as an outage
 * would, at that step's n-th time: `background-sync.ts [step] [n]`.
 */
const [stepName, occurrence = "1"] = process.argv.slice(2);
const fatalStep = SYNC_STEPS.find((step) => step === stepName);
if (stepName !== undefined && fatalStep === undefined) throw new Error(`There is no step ${stepName}.`);

const { backgroundSync, db } = createRuntime(parseEnv(process.env));
let timesLeft = Number(occurrence);
const onStep: typeof backgroundSync.onStep = (step) => {
  if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, "SIGKILL");
};
process.stdout.write("started\n");
const outcome = await runBackgroundSync({ ...backgroundSync, onStep }, { dryRun: false }, startDeadline(30_000));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
await db.$disconnect();
