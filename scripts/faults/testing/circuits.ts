import { sleep } from "@/lib/core/time";
import type { Finding } from "../invariants/evidence";
import type { Arena } from "./arena";
import type { CronJob } from "./jobs";
import type { Call } from "./overlap";
import { checkAmplification } from "./retries";

/** A provider that is down for good: its circuit opens at the first call, and is left alone by the second. */
export async function knockAtOpenCircuit(arena: Arena, job: CronJob, call: Call): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "server_error", status: 503 } });
  await call(job, job.everythingIsDue);
  const findings = checkAmplification([arena.scene.sandbox.ledger.entries]);
  // A call that comes as soon as the answer is there: what was under way then has arrived.
  await sleep(SETTLED_MS);
  await call(job, job.everythingIsDue);
  return findings;
}

/** The same, and another call when the cool-down is over. */
export async function probeHalfOpenCircuit(
  arena: Arena,
  job: CronJob,
  call: Call,
  { cooldownMs }: { cooldownMs: number },
): Promise<Finding[]> {
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "server_error", status: 503 } });
  await call(job, job.everythingIsDue);
  await sleep(cooldownMs + SETTLED_MS);
  await call(job, job.everythingIsDue);
  return [];
}

/** Longer than the checker forgives a request for being on its way. */
const SETTLED_MS = 200;

/** One 429 early in a page: whoever does not heed it goes on asking. */
export async function exceedRate(arena: Arena, job: CronJob, call: Call): Promise<Finding[]> {
  const fault = { kind: "rate_limited", headers: "real", waitMs: 1_500 } as const;
  arena.scene.sandbox.faults.add({ match: {}, fault, times: 1 });
  // Slow enough that the page is still going on when the 429 is known.
  arena.scene.sandbox.faults.add({ match: {}, fault: { kind: "delay", ms: 60 } });
  await call(job, job.everythingIsDue);
  return [];
}
