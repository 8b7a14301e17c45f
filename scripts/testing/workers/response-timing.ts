import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { TIMING_STEPS } from "@/lib/response-timing/deps";
import { processResponseTiming } from "@/lib/response-timing/runner";
import { createRuntime } from "@/lib/runtime";

/**
 * One run of response timing in a process of its own. With the name of a step it kills itself, as surely as an outage
 * would, at that step's n-th time: `response-timing.ts [step] [n]`.
 */
const [stepName, occurrence = "1"] = process.argv.slice(2);
const fatalStep = TIMING_STEPS.find((step) => step === stepName);
if (stepName !== undefined && fatalStep === undefined) throw new Error(`There is no step ${stepName}.`);

const { responseTiming, db } = createRuntime(parseEnv(process.env));
let timesLeft = Number(occurrence);
const onStep: typeof responseTiming.onStep = (step) => {
  if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, "SIGKILL");
};
process.stdout.write("started\n");
const params = { dryRun: false, lookbackDays: 3650, batchSize: 10 };
const outcome = await processResponseTiming({ ...responseTiming, onStep }, params, startDeadline(30_000));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
await db.$disconnect();
