import type { BackfillMonitor } from "@/lib/core/backfill-monitor";
import type { BackfillLedger } from "@/lib/db/backfill-ledger";
import { type Interrupt, listenForInterrupt } from "./interrupt";
import type { Mirror } from "./mirror";
import type { Progress } from "./progress";

/** How the work of a backfill ended. */
export interface WorkEnd {
  /** Nothing is left to do but what failed. */
  complete: boolean;
  /** Something kept the run from its end that waiting does not mend; sentences for people. */
  obstacles: string[];
}

/** How this process's share of a run ended. */
export interface ShareEnd extends WorkEnd {
  requests: number;
  /** 130 or 143 after a signal; null without one. */
  signalCode: number | null;
}

/** Does the work of a run that was taken up, in view of people and within reach of signals. */
export async function runTakenUp(
  ledger: BackfillLedger,
  { progress, showsRate }: { progress: Progress; showsRate: boolean },
  mirror: Mirror,
  work: (ledger: BackfillLedger, monitor: BackfillMonitor) => Promise<WorkEnd>,
): Promise<ShareEnd> {
  const interrupt = listenForInterrupt((signal) => {
    progress.say(`${signal}: finishing what is under way, then stopping. A second one stops at once.`);
  });
  const watch = { requests: 0, mirrorError: null as unknown };
  const monitor = createMonitor(interrupt, progress, mirror, watch);
  try {
    await mirror.write();
    if (showsRate) progress.start();
    const end = await work(ledger, monitor).finally(() => {
      if (showsRate) progress.stop();
    });
    if (watch.mirrorError !== null) throw watch.mirrorError;
    return { ...end, requests: watch.requests, signalCode: interrupt.exitCode() };
  } finally {
    interrupt.dispose();
  }
}

function createMonitor(
  interrupt: Interrupt,
  progress: Progress,
  mirror: Mirror,
  watch: { requests: number; mirrorError: unknown },
): BackfillMonitor {
  return {
    stop: interrupt.stop,
    abort: interrupt.abort,
    expect: (leads) => progress.expect(leads),
    advance: (leads) => progress.advance(leads),
    waiting: (reason) => progress.waiting(reason),
    say: (line) => progress.say(line),
    requested: (requests) => {
      watch.requests += requests;
    },
    booked: async () => {
      try {
        await mirror.write();
      } catch (error) {
        // The books are in the database; what is under way may end, and then people hear of it.
        watch.mirrorError ??= error;
        interrupt.giveUp();
      }
    },
  };
}
