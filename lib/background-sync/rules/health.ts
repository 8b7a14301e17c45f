import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";

export type SyncState = "healthy" | "degraded" | "unhealthy" | "never_run";

/**
 * What keeps a sync from being healthy: its runs fail, webhooks lose messages, Kapso lists no conversation though messages
 * came, or no run has come to its end for too long.
 */
export type SyncTrouble = "runs_failed" | "messages_missed" | "nothing_listed" | "no_success";

/** One run as its row in `SyncHealth` tells it. */
export interface RunFacts {
  runAt: Date;
  failed: boolean;
  /** Conversations in which messages were missing. */
  missed: number;
  /** Conversations that Kapso listed. */
  listed: number;
  /** The newest WhatsApp message of the run's window that was on record before it; null if there was none. */
  lastMessageAt: Date | null;
}

/** The three clocks by which a workspace's sync is judged; one alone can look fresh while the others stand still. */
export interface SyncClocks {
  /** The last run that came to its end. */
  polledAt: Date | null;
  /** The last message that is known, however it came. */
  messageAt: Date | null;
  /** The last run that had to put something right. */
  changedAt: Date | null;
}

/** What one run says: `leaky`, messages were missing; `blind`, Kapso lists nothing though messages came. */
type Verdict = "clean" | "leaky" | "blind" | "failed";

/** The job runs every hour. Three times that and a minute without a run that came to its end is an outage. */
const OUTAGE_MS = 3 * HOUR_MS + MINUTE_MS;
/** So many runs in a row with the same kind of news change the state: one alone is chance, and would make it flap. */
const RUNS_TO_BELIEVE = 2;
/** So many failed runs in a row are an outage, whatever the time between them. */
const FAILURES_OF_AN_OUTAGE = 3;

/** How a sync is, and what it was that left it so. */
export interface SyncJudgement {
  state: SyncState;
  because: SyncTrouble | null;
}

const HEALTHY: SyncJudgement = { state: "healthy", because: null };

/**
 * How a workspace's sync is, from its latest runs, oldest first, and the time. A state is left only after two runs in a
 * row that speak against it, in either direction; only the time without any success needs no second witness.
 */
export function judgeSync(runs: readonly RunFacts[], now: Date): SyncJudgement {
  if (runs.length === 0) return { state: "never_run", because: null };
  let judgement = HEALTHY;
  const inARow = { clean: 0, troubled: 0, failed: 0 };
  for (const run of runs) {
    const verdict = verdictOf(run);
    inARow.clean = verdict === "clean" ? inARow.clean + 1 : 0;
    inARow.troubled = verdict === "leaky" || verdict === "blind" ? inARow.troubled + 1 : 0;
    inARow.failed = verdict === "failed" ? inARow.failed + 1 : 0;
    judgement = judgementAfter(judgement, inARow, verdict);
  }
  const since = clocksOf(runs).polledAt ?? runs[0]?.runAt ?? now;
  return now.getTime() - since.getTime() > OUTAGE_MS ? { state: "unhealthy", because: "no_success" } : judgement;
}

/** The clocks after these runs, oldest first. */
export function clocksOf(runs: readonly RunFacts[]): SyncClocks {
  const lastRunAt = (is: (run: RunFacts) => boolean) => runs.findLast(is)?.runAt ?? null;
  const messages = runs.flatMap(({ lastMessageAt }) => (lastMessageAt === null ? [] : [lastMessageAt.getTime()]));
  return {
    polledAt: lastRunAt(({ failed }) => !failed),
    messageAt: messages.length === 0 ? null : new Date(Math.max(...messages)),
    changedAt: lastRunAt(({ missed }) => missed > 0),
  };
}

function verdictOf({ failed, missed, listed, lastMessageAt }: RunFacts): Verdict {
  if (failed) return "failed";
  if (missed > 0) return "leaky";
  return listed === 0 && lastMessageAt !== null ? "blind" : "clean";
}

function judgementAfter(
  before: SyncJudgement,
  inARow: { clean: number; troubled: number; failed: number },
  verdict: Verdict,
): SyncJudgement {
  if (inARow.failed >= FAILURES_OF_AN_OUTAGE) return { state: "unhealthy", because: "runs_failed" };
  if (inARow.failed >= RUNS_TO_BELIEVE) {
    return { state: before.state === "unhealthy" ? "unhealthy" : "degraded", because: "runs_failed" };
  }
  if (inARow.troubled >= RUNS_TO_BELIEVE) {
    return { state: "degraded", because: verdict === "blind" ? "nothing_listed" : "messages_missed" };
  }
  return inARow.clean >= RUNS_TO_BELIEVE ? HEALTHY : before;
}
