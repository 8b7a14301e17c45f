import type { LedgerEntry } from "../../sandbox/ledger";
import type { Finding } from "../invariants/evidence";
import { readOpenings } from "../witness";
import type { CronJob } from "./jobs";
import type { Trial } from "./trials";

/** Contract of the retry budget: at most so many requests for each that was meant, until the circuit opens. */
export const AMPLIFICATION_MAX = 1.2;

/**
 * How many requests a provider got for each that was meant, counted from outside: the same path and query again is a
 * repetition. A 401 is asked about a second time on purpose, and is left out.
 */
function amplificationOf(ticks: readonly (readonly LedgerEntry[])[]): number {
  const counts = ticks.map((entries) => {
    const repeatable = entries.filter(({ status }) => status !== 401);
    const meant = new Set(repeatable.map(({ account, path, query }) => `${account} ${path}?${query}`));
    return { sent: repeatable.length, meant: meant.size };
  });
  const [sent, meant] = [sum(counts.map(({ sent }) => sent)), sum(counts.map(({ meant }) => meant))];
  return meant === 0 ? 1 : sent / meant;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

/** A circuit needs five failures; a job that asks once a tick has them in as many. */
const TICKS_MAX = 10;

/**
 * Calls a job, its provider failing, until it asks nobody but at circuits that have opened, and counts what was asked
 * before they did. In one tick of a job that asks once, or twice, a single repetition is more than a fifth; of all that it takes
 * to open a circuit it is not.
 */
export async function knockUntilOpen({ arena, world }: Trial, job: CronJob): Promise<Finding[]> {
  const { ledger } = arena.scene.sandbox;
  const ticks: LedgerEntry[][] = [];
  while (ticks.length < TICKS_MAX) {
    const before = ledger.entries.length;
    await arena.call(job, job.everythingIsDue);
    ticks.push(ledger.entries.slice(before));
    const openedAtMs = new Map<string | undefined, number>();
    for (const { clientId, provider, openedAt } of (await readOpenings(arena.witness)).toReversed()) {
      openedAtMs.set(world.accountOf(clientId, provider), openedAt.getTime());
    }
    if (!ticks.at(-1)?.every(({ account }) => openedAtMs.has(account))) continue;
    const isBefore = ({ account, at }: LedgerEntry) => at <= (openedAtMs.get(account) ?? Number.POSITIVE_INFINITY);
    return checkAmplification(ticks.map((entries) => entries.filter(isBefore)));
  }
  const text = `in tick ${TICKS_MAX} of ${job.name} somebody is asked whose circuit has not opened`;
  return [{ invariant: "a provider that fails is left alone", text }];
}

/** Of the requests of some ticks at most a fifth are repetitions. */
export function checkAmplification(ticks: readonly (readonly LedgerEntry[])[]): Finding[] {
  const factor = amplificationOf(ticks);
  if (factor <= AMPLIFICATION_MAX) return [];
  const text = `${factor.toFixed(2)} requests for each that was meant, allowed are ${AMPLIFICATION_MAX}`;
  return [{ invariant: "retries stay a fifth of the requests at most", text }];
}
