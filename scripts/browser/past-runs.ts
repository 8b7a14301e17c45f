import { HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Random } from "../sandbox/random";

type Ago = (ms: number) => Date;
type RunRow = Parameters<Db["cronRun"]["create"]>[0]["data"];

/** Fifty minutes of the crons that tick every minute, with a bad patch of reconcile's; half a day of the others. */
export function pastRuns(random: Random, ago: Ago): RunRow[] {
  return [
    ...every(MINUTE_MS, 50, ago, (minute) => reconcileRun(random, minute)),
    ...every(MINUTE_MS, 50, ago, (minute) => followUpsRun(random, minute)),
    ...every(5 * MINUTE_MS, 30, ago, () => timingRun(random)),
    ...every(HOUR_MS, 12, ago, () => syncRun(random)),
  ];
}

interface PastRun {
  job: string;
  durationMs: number;
  result: object;
  status?: string;
  dryRun?: boolean;
  error?: string;
}

/** The last of them began an interval and a minute ago, so that those of today come after it. */
function every(intervalMs: number, count: number, ago: Ago, tell: (place: number) => PastRun): RunRow[] {
  return Array.from({ length: count }, (_, place) => {
    const startedAt = ago((place + 1) * intervalMs + MINUTE_MS);
    const told = { trigger: "cron", status: "completed", dryRun: false, ...tell(place) };
    return { ...told, startedAt, finishedAt: new Date(startedAt.getTime() + told.durationMs) };
  });
}

function reconcileRun(random: Random, minute: number): PastRun {
  const errors = minute > 20 && minute < 24 ? between(random, 2, 6) : 0;
  const failed = minute === 22;
  return {
    ...{ job: "appointment-reconcile", dryRun: minute === 30, durationMs: between(random, 800, 4_000) + errors * 900 },
    status: failed ? "failed" : minute % 7 === 0 ? "partial" : "completed",
    ...(failed && { error: "canceling statement due to statement timeout" }),
    result: { leadsChecked: between(random, 20, 160), bookedFound: between(random, 0, 4), noChange: 12, errors },
  };
}

/** Once the backstop found somebody: that is an alarm. */
function followUpsRun(random: Random, minute: number): PastRun {
  const [sent, tasks, deferred, blocked] = [
    between(random, 2, 14),
    between(random, 0, 2),
    between(random, 0, 3),
    between(random, 0, 2),
  ];
  const unknown = minute % 17 === 5 ? 1 : 0;
  const failed = minute % 23 === 7 ? 1 : 0;
  const due = sent + tasks + deferred + blocked + unknown + failed;
  return {
    ...{ job: "followups", durationMs: between(random, 150, 900) + sent * 60 },
    result: {
      ...{ errors: [], backstop: { completedCount: minute === 41 ? 1 : 0 } },
      ...{ snoozed: { resumedCount: 0 }, resumed: { resumedCount: 0 }, enrichment: { resumedCount: 0 } },
      results: { due, sent, tasks, completed: between(random, 0, 1), deferred, blocked, failed, unknown },
    },
  };
}

function timingRun(random: Random): PastRun {
  const processed = between(random, 3, 40);
  return {
    ...{ job: "response-timing", durationMs: between(random, 60, 240) + processed * 4 },
    result: { processed, inserted: between(random, 1, processed), updated: 2, retracted: 0, mismatches: 0 },
  };
}

function syncRun(random: Random): PastRun {
  return {
    ...{ job: "background-sync", durationMs: between(random, 4, 14) * SECOND_MS },
    result: { workspaces: 3, checked: 62, stale: between(random, 2, 9), flagged: between(random, 0, 3), errors: 0 },
  };
}

function between(random: Random, min: number, max: number): number {
  return min + Math.floor(random() * (max - min + 1));
}
