import type { Db } from "@/lib/db/client";
import { daysBetween } from "./rules/days";
import {
  countUnanswered,
  readTimeZone,
  summarizeTurns,
  type TurnsRow,
  type UnansweredRow,
  WITHIN_MINUTES,
} from "./store/summary";

export interface SummaryQuestion {
  clientId: string;
  /** Turns count by when the last message before the answer was sent: from `from` to before `to`. */
  from: Date;
  to: Date;
  /** False where nobody asks who still waits: it takes a look at the end of every thread of the workspace. */
  countsUnanswered?: boolean;
}

/** How fast a workspace answers, altogether, by channel and by day of its own calendar. */
export interface ResponseTimingSummary {
  all: Timing;
  /** Only the channels on which something was written. */
  channels: (Timing & { channel: string })[];
  /** Every day of the period, those on which nothing happened included. */
  days: (Timing & { date: string })[];
}

export interface Timing {
  /** Stretches of what leads wrote after which something of ours went out, whoever sent it. */
  turns: number;
  /** Threads that still wait: what was written last is the lead's. They are in none of the figures below. */
  unanswered: number;
  /** Turns in which a duration cannot be told, because a clock was wrong. */
  anomalies: number;
  /** Setters' answers in the turn itself. */
  setter: Durations;
  /** Turns to which a setter answered only after the lead had written again: in no figure of the setters. */
  setterLater: number;
  ai: Durations;
  aiDelay: DelaySplit;
}

export interface Durations {
  /** Answers whose duration is known: what the other figures are about. */
  count: number;
  /** Half of the answers took no longer; a duration that one of them had. Null without any. */
  p50Ms: number | null;
  /** The same for nine tenths. */
  p90Ms: number | null;
  /** How many answers took no longer than so many minutes, and their part of all; null without any. */
  within: { minutes: number; count: number; share: number | null }[];
  /** Answers whose duration a wrong clock spoiled. */
  anomalies: number;
}

/**
 * Where the time of the AI's answers went, on average: the parts add up to the whole. Only answers count whose job is
 * known, with the delay that was chosen, when it was due and when it began.
 */
export interface DelaySplit {
  count: number;
  /** Answers whose times contradict each other: begun before they were due, or sent before they were begun. */
  outOfOrder: number;
  /** Null without any. */
  mean: null | {
    wholeMs: number;
    /** Until the job was set. Negative where the lead went on writing while the delay ran. */
    draftingMs: number;
    /** The delay that was meant. */
    chosenMs: number;
    /** From when the job was due until it began. */
    queueMs: number;
    /** From then until the answer was sent. */
    sendMs: number;
  };
}

/** Sums up how fast a workspace answered: three statements, whatever the period. Null if there is no such workspace. */
export async function summarizeResponseTiming(
  db: Db,
  { clientId, from, to, countsUnanswered = true }: SummaryQuestion,
): Promise<ResponseTimingSummary | null> {
  const timeZone = await readTimeZone(db, clientId);
  if (timeZone === null) return null;
  const days = daysBetween(from, to, timeZone);
  const scope = { clientId, from, to, dayStarts: days.map(({ startsAt }) => startsAt) };
  const [turns, unanswered] = await Promise.all([
    summarizeTurns(db, scope),
    countsUnanswered ? countUnanswered(db, scope) : [],
  ]);
  const timingOf = (channel: string | null, day: number | null) => {
    const isPart = (row: TurnsRow | UnansweredRow) => row.channel === channel && row.day === day;
    return describe(turns.find(isPart) ?? NO_TURNS, unanswered.find(isPart)?.unanswered ?? 0);
  };
  const named = [...turns, ...unanswered].flatMap(({ channel }) => channel ?? []);
  return {
    all: timingOf(null, null),
    channels: [...new Set(named)].toSorted().map((channel) => ({ channel, ...timingOf(channel, null) })),
    days: days.map(({ date }, index) => ({ date, ...timingOf(null, index + 1) })),
  };
}

function describe(row: Omit<TurnsRow, "channel" | "day">, unanswered: number): Timing {
  return {
    turns: row.turns,
    unanswered,
    anomalies: row.anomalies,
    setter: describeDurations(row.setterCount, row.setterPercentiles, row.setterWithin, row.setterAnomalies),
    setterLater: row.laterTurns,
    ai: describeDurations(row.aiCount, row.aiPercentiles, row.aiWithin, row.aiAnomalies),
    aiDelay: describeSplit(row),
  };
}

function describeDurations(
  count: number,
  percentiles: readonly number[] | null,
  within: readonly number[],
  anomalies: number,
): Durations {
  const [p50Ms = null, p90Ms = null] = percentiles ?? [];
  const counts = WITHIN_MINUTES.map((minutes, index) => ({ minutes, count: within[index] ?? 0 }));
  const shares = counts.map((each) => ({ ...each, share: count === 0 ? null : each.count / count }));
  return { count, p50Ms, p90Ms, within: shares, anomalies };
}

function describeSplit(row: Omit<TurnsRow, "channel" | "day">): DelaySplit {
  const { splitCount: count, splitOutOfOrder: outOfOrder } = row;
  if (count === 0) return { count, outOfOrder, mean: null };
  const mean = {
    wholeMs: row.aiTotalMs / count,
    draftingMs: row.draftingTotalMs / count,
    chosenMs: row.chosenTotalMs / count,
    queueMs: row.queueTotalMs / count,
    sendMs: row.sendTotalMs / count,
  };
  return { count, outOfOrder, mean };
}

const NO_TURNS: Omit<TurnsRow, "channel" | "day"> = {
  ...{ turns: 0, laterTurns: 0, anomalies: 0 },
  ...{ setterCount: 0, setterPercentiles: null, setterWithin: [], setterAnomalies: 0 },
  ...{ aiCount: 0, aiPercentiles: null, aiWithin: [], aiAnomalies: 0 },
  ...{ splitCount: 0, splitOutOfOrder: 0 },
  ...{ aiTotalMs: 0, draftingTotalMs: 0, chosenTotalMs: 0, queueTotalMs: 0, sendTotalMs: 0 },
};
