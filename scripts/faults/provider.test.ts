import { describe, it } from "vitest";
import { sleep } from "@/lib/core/time";
import type { Finding } from "./invariants/evidence";
import { LONG, trialsOf } from "./scoreboard";
import { openArena } from "./testing/arena";
import { ALL_SORTS, CRON_GROUPS } from "./testing/groups";
import { BACKGROUND_SYNC, type CronJob, RECONCILE } from "./testing/jobs";
import { DOSES, describeDose, orderOf, PROVIDER_FAULTS } from "./testing/provider-faults";
import { openProvingGround } from "./testing/proving-ground";
import { knockUntilOpen } from "./testing/retries";
import type { Trial } from "./testing/trials";

/** Ticks while a provider fails. Between them the circuit cools down, and is probed. */
const TICKS = LONG ? 3 : 2;
/** A little longer than the arena's cool-down. */
const BETWEEN_TICKS_MS = 1_050;
/** Slow failures are waited for no longer than this. */
const PATIENCE_MS = 500;

/** Every fault in every dose; in the short run a few of them, of each sort. */
const combinations = PROVIDER_FAULTS.flatMap((fault) => DOSES.map((dose) => ({ fault, dose })));
const chosen = LONG
  ? takeEvenly(combinations, trialsOf(combinations.length, 0))
  : combinations.filter((_, index) => index % 70 === 16);

/** Those that read, and may ask again. */
const PATIENT = [RECONCILE, BACKGROUND_SYNC];

const environment = { PROVIDER_TIMEOUT_MS: String(PATIENCE_MS) };
const ground = openProvingGround("provider", () => openArena({ environment }), ALL_SORTS);

describe("a provider that fails costs little, loses nothing and makes nothing up:", {
  timeout: LONG ? 3_600_000 : 120_000,
}, () => {
  it.each(CRON_GROUPS)("under $name, whatever the failure and however often", ({ name, jobs, size }) =>
    ground.survive({
      size,
      ...{ name: `each failure of a provider in each dose: ${name}`, seed: 41, trials: chosen.length },
      // A job that is in the middle of a page does not know at once what another has learnt of the provider.
      ...(jobs.length > 1 ? { underWayMs: 1_100 } : {}),
      storm: (trial) => failSometimes(trial, jobs),
    }),
  );

  it.each(PATIENT)("under $name, all of the time: at most a fifth are retries", (job) => {
    const lasting = PROVIDER_FAULTS.filter(({ opensCircuit }) => opensCircuit);
    const faults = LONG ? lasting : lasting.filter(({ name }) => name === "503");
    return ground.survive({
      ...{ name: `retries before the circuit of ${job.name} opens`, seed: 42, trials: faults.length },
      ...(LONG ? { size: job.size } : {}),
      storm: (trial) => {
        const [fault] = faults.slice(trial.index);
        if (fault) trial.arena.scene.sandbox.faults.add({ match: {}, fault: fault.fault });
        return knockUntilOpen(trial, job);
      },
    });
  });
});

/** So many of them, from the first to the last. */
function takeEvenly<T>(all: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, place) => all.slice(Math.floor((place * all.length) / count))[0]).filter(
    (one) => one !== undefined,
  );
}

/** Several ticks under one fault. A run with failed leads is still an answer of 200. */
async function failSometimes({ arena, index }: Trial, jobs: readonly CronJob[]): Promise<Finding[]> {
  const [combination] = chosen.slice(index);
  if (!combination) throw new Error("there are more trials than faults");
  const { fault, dose } = combination;
  arena.scene.sandbox.faults.add(orderOf(fault, dose));
  const findings: Finding[] = [];
  for (let tick = 0; tick < TICKS; tick++) {
    if (tick > 0) await sleep(BETWEEN_TICKS_MS);
    const answers = await Promise.all(jobs.map((job) => arena.call(job, job.everythingIsDue)));
    for (const { status, body } of answers) {
      const text = `${status} ${JSON.stringify(body)} under ${fault.name}, ${describeDose(dose)}`;
      if (status !== 200) findings.push({ invariant: "an answer of 200", text });
    }
  }
  return findings;
}
