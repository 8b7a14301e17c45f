import { startDeadline } from "@/lib/core/time";
import { parseEnv } from "@/lib/env";
import { FOLLOW_UP_STEPS } from "@/lib/followups/deps";
import { runFollowUps } from "@/lib/followups/runner";
import { createRuntime } from "@/lib/runtime";
import { clockFrom } from "../follow-up-story";

/**
 * One run of follow-ups in a process of its own, on the Wednesday of the stories. With the name of a step it kills itself,
 * as surely as an outage would, at that step's n-th time: `follow-ups.ts [step] [n]`.
 */
const [stepName, occurrence = "1"] = process.argv.slice(2);
const fatalStep = FOLLOW_UP_STEPS.find((step) => step === stepName);
if (stepName !== undefined && fatalStep === undefined) throw new Error(`There is no step ${stepName}.`);

const { followups, db } = createRuntime(parseEnv(process.env));
const clock = clockFrom(new Date("2026-11-18T12:30:00Z"));
let timesLeft = Number(occurrence);
const onStep: typeof followups.onStep = (step) => {
  if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, "SIGKILL");
};
process.stdout.write("started\n");
const outcome = await runFollowUps({ ...followups, clock, onStep }, { dryRun: false }, startDeadline(30_000));
process.stdout.write(`${JSON.stringify(outcome)}\n`);
await db.$disconnect();
