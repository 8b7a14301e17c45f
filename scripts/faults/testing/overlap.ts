import type { Finding } from "../invariants/evidence";
import { askedAbout } from "../invariants/requests";
import type { Arena } from "./arena";
import type { CronJob } from "./jobs";

/** Whoever answers a call of a job: this process's doors, or those of another. */
export type Call = (job: CronJob, query: Record<string, string>) => Promise<{ status: number; text: string } | null>;

/** The doors of this process, as a `Call`. */
export function ownDoors(arena: Arena): Call {
  return async (job, query) => {
    const { status, body } = await arena.call(job, query);
    return { status, text: JSON.stringify(body) };
  };
}

/**
 * Calls jobs so many times at the same moment. Each answer has to be a run or a skip, and however many they are, they
 * ask about each lead once: what one does, no other does as well.
 */
export async function callAtOnce(arena: Arena, jobs: readonly CronJob[], calls: readonly Call[]): Promise<Finding[]> {
  arena.scene.sandbox.ledger.clear();
  const answers = await Promise.all(calls.flatMap((call) => jobs.map((job) => call(job, job.roomForAll))));
  const bad = answers.filter((answer) => answer?.status !== 200);
  const again = leadsAskedAgain(arena);
  return [
    ...bad.map((answer) => ({ invariant: "every call is answered", text: `${answer?.status} ${answer?.text}` })),
    ...(again > 0
      ? [{ invariant: "runs share the work", text: `${again} leads were asked about more than once` }]
      : []),
  ];
}

function leadsAskedAgain({ scene }: Arena): number {
  const asked = new Map<string, number>();
  for (const entry of scene.sandbox.ledger.entries) {
    const lead = askedAbout(entry);
    if (lead !== null) asked.set(lead, (asked.get(lead) ?? 0) + 1);
  }
  return [...asked.values()].filter((times) => times > 1).length;
}
