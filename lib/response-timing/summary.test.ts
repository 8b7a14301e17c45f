import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { HISTORY_START, type History, historyArbitrary } from "./histories.fixture";
import { applyHistories, placeHistory } from "./histories-database.fixture";
import type { DerivedEvent } from "./records";
import { daysBetween } from "./rules/days";
import { eligibleMessages } from "./rules/eligible";
import { summarizeResponseTiming, type Timing } from "./summary";

// A week in which New York sets its clocks forward. Some of what happens lies before it, some after it.
const ZONE = "America/New_York";
const FROM = HISTORY_START;
const TO = new Date(FROM.getTime() + 7 * DAY_MS + HOUR_MS);

let database: TestDatabase;
let db: Db;
let history: History;
let events: DerivedEvent[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
  const told = fc.sample(historyArbitrary({ messagesMax: 20 }), { numRuns: 80, seed: 11 });
  history = placeHistory(inOneWorkspace(told), "a-");
  const elsewhere = placeHistory(inOneWorkspace(told.slice(0, 9)), "b-");
  await applyHistories(db, [history, elsewhere]);
  await db.client.updateMany({ data: { timezone: ZONE } });
  events = fc.sample(randomEvent(history), { numRuns: 400, seed: 3 }).map((event, index) => ({
    ...event,
    inboundMessageId: `anchor-${index}`,
  }));
  const others = events.slice(0, 50).map((event, index) => ({
    ...{ ...event, clientId: elsewhere.clientId, leadId: elsewhere.leads[0]?.id ?? "" },
    inboundMessageId: `other-${index}`,
  }));
  await db.responseTimingEvent.createMany({ data: [...events, ...others] });
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("a summary of a workspace", () => {
  it("has the figures that counting by hand comes to: altogether, by channel and by day", async () => {
    const summary = await summarizeResponseTiming(db, { clientId: history.clientId, from: FROM, to: TO });
    if (!summary) throw new Error("there is no summary");
    const inScope = events.filter(({ inboundSentAt }) => inboundSentAt >= FROM && inboundSentAt < TO);
    const open = openThreads(history).filter(({ sentAt }) => sentAt >= FROM && sentAt < TO);
    expect(inScope.length).toBeGreaterThan(200);
    expect(open.length).toBeGreaterThan(5);
    expect(summary.all).toEqual(countByHand(inScope, open.length));
    for (const { channel, ...timing } of summary.channels) {
      const isOf = (one: { channel: string }) => one.channel === channel;
      expect(timing).toEqual(countByHand(inScope.filter(isOf), open.filter(isOf).length));
    }
    expect(summary.channels.map(({ channel }) => channel)).toEqual(["email", "sms", "whatsapp"]);
    for (const { date, ...timing } of summary.days) {
      const turns = inScope.filter(({ inboundSentAt }) => dateIn(ZONE, inboundSentAt) === date);
      const waiting = open.filter(({ sentAt }) => dateIn(ZONE, sentAt) === date).length;
      expect(timing).toEqual(countByHand(turns, waiting));
    }
    expect(summary.days.map(({ date }) => date)).toEqual(daysBetween(FROM, TO, ZONE).map(({ date }) => date));
    expect(summary.days.length).toBe(8);
  });

  it("splits the AI's delay into parts that add up to the whole", async () => {
    const summary = await summarizeResponseTiming(db, { clientId: history.clientId, from: FROM, to: TO });
    const mean = summary?.all.aiDelay.mean;
    if (!mean) throw new Error("nothing was split");
    const { wholeMs, draftingMs, chosenMs, queueMs, sendMs } = mean;
    expect(draftingMs + chosenMs + queueMs + sendMs).toBeCloseTo(wholeMs, 3);
  });

  it("has no figures but counts where nothing happened, and every day of the period", async () => {
    const later = new Date(FROM.getTime() + 4000 * DAY_MS);
    const to = new Date(later.getTime() + 2 * DAY_MS);
    const summary = await summarizeResponseTiming(db, { clientId: history.clientId, from: later, to });
    expect(summary?.all).toEqual(countByHand([], 0));
    expect(summary?.all.setter).toMatchObject({ count: 0, p50Ms: null, p90Ms: null });
    expect(summary?.all.aiDelay).toEqual({ count: 0, outOfOrder: 0, mean: null });
    expect(summary?.channels).toEqual([]);
    expect(summary?.days.map(({ turns }) => turns)).toEqual([0, 0, 0]);
  });

  it("is empty for a period that ends before it begins", async () => {
    const summary = await summarizeResponseTiming(db, { clientId: history.clientId, from: TO, to: FROM });
    expect(summary).toMatchObject({ all: { turns: 0, unanswered: 0 }, channels: [], days: [] });
  });

  it("is not there for a workspace that is not", async () => {
    expect(await summarizeResponseTiming(db, { clientId: "gone", from: FROM, to: TO })).toBeNull();
  });

  it("costs three statements", async () => {
    const statements: string[] = [];
    const counted = createDb(database.url, { onStatement: (sql) => statements.push(sql) });
    await summarizeResponseTiming(counted, { clientId: history.clientId, from: FROM, to: TO });
    await counted.$disconnect();
    expect(statements).toHaveLength(3);
  });
});

/** Conversations of many leads, each told later than the one before, on one more channel. */
function inOneWorkspace(told: readonly History[]): History {
  const workspaces = told.map((history, index) => {
    const own = placeHistory(history, `${index}-`);
    const messages = own.messages.map((message) => ({
      ...message,
      channel: index % 5 === 0 && message.channel === "sms" ? "whatsapp" : message.channel,
      sentAt: new Date(HISTORY_START.getTime() + ((message.sentAt.getTime() + index * 7 * HOUR_MS) % (9 * DAY_MS))),
    }));
    return { ...own, messages, leads: own.leads.map((lead) => ({ ...lead, clientId: "client", campaignId: null })) };
  });
  return {
    ...{ clientId: "client", campaigns: [], drafts: [], jobs: [], changes: [] },
    leads: workspaces.flatMap(({ leads }) => leads),
    messages: workspaces.flatMap(({ messages }) => messages),
  };
}

const DURATION_MS = fc.oneof(
  fc.constantFrom(0, MINUTE_MS - 1, MINUTE_MS, MINUTE_MS + 1, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS, HOUR_MS + 1),
  fc.integer({ min: 0, max: 2 * HOUR_MS }),
  fc.integer({ min: 0, max: 40 * DAY_MS }),
);

/** A row as it may be on record, as far as a summary looks at it; its parts need not tell one story. */
function randomEvent({ clientId, leads }: History) {
  const seconds = fc.integer({ min: -30, max: 600 });
  return fc
    .record({
      leadId: fc.constantFrom(...leads.map(({ id }) => id)),
      channel: fc.constantFrom("sms", "email"),
      sentMs: fc.oneof(
        { weight: 1, arbitrary: fc.constantFrom(0, TO.getTime() - FROM.getTime()) },
        { weight: 50, arbitrary: fc.integer({ min: -DAY_MS, max: 9 * DAY_MS }) },
      ),
      setter: fc.option(fc.record({ ms: DURATION_MS, sameTurn: fc.boolean(), odd: fc.integer({ min: 0, max: 9 }) }), {
        freq: 3,
      }),
      ai: fc.option(
        fc.record({
          ms: DURATION_MS,
          odd: fc.integer({ min: 0, max: 9 }),
          chosen: fc.option(seconds),
          run: fc.option(seconds),
          started: fc.option(seconds),
        }),
        { freq: 3 },
      ),
    })
    .map(({ leadId, channel, sentMs, setter, ai }): Omit<DerivedEvent, "inboundMessageId"> => {
      const inboundSentAt = new Date(FROM.getTime() + sentMs);
      const after = (ms: number) => new Date(inboundSentAt.getTime() + ms);
      const [setterOdd, aiOdd] = [setter?.odd === 0, ai?.odd === 0];
      return {
        ...{ clientId, leadId, channel, inboundSentAt, streakStartedAt: inboundSentAt, streakCount: 1 },
        setterResponseMessageId: setter && "setters",
        setterResponseSentAt: setter && after(setter.ms),
        setterSentByUserId: setter && "user-1",
        setterResponseMs: setter && !setterOdd ? BigInt(setter.ms) : null,
        setterSameTurn: setter ? setter.sameTurn : null,
        aiDraftId: ai && "draft",
        aiResponseMessageId: ai && "ais",
        aiResponseSentAt: ai && after(ai.ms),
        aiResponseMs: ai && !aiOdd ? BigInt(ai.ms) : null,
        aiDelayMinSeconds: null,
        aiDelayMaxSeconds: null,
        aiChosenDelaySeconds: ai ? ai.chosen : null,
        aiActualDelaySeconds: null,
        aiBackgroundJobId: null,
        aiScheduledRunAt: ai?.run == null ? null : after(ai.run * SECOND_MS + 7),
        aiJobStartedAt: ai?.started == null ? null : after(ai.started * SECOND_MS + 11),
        aiJobFinishedAt: null,
        firstResponder: setter ? "setter" : ai ? "ai" : null,
        anomaly: setterOdd || aiOdd ? "clock_skew" : null,
      };
    });
}

/** Threads whose last word is the lead's. */
function openThreads({ messages }: History) {
  const threads = new Map<string, typeof messages>();
  for (const message of messages) {
    const key = `${message.leadId} ${message.channel}`;
    threads.set(key, [...(threads.get(key) ?? []), message]);
  }
  return [...threads.values()].flatMap((thread) => {
    const last = eligibleMessages(thread).at(-1);
    const message = thread.find(({ id }) => id === last?.id);
    return message?.direction === "inbound" ? [message] : [];
  });
}

/** The definitions of a summary, one after the other. */
function countByHand(turns: readonly DerivedEvent[], unanswered: number): Timing {
  const sameTurn = turns.filter(({ setterSameTurn }) => setterSameTurn === true);
  const byAi = turns.filter(({ aiResponseMessageId }) => aiResponseMessageId !== null);
  return {
    turns: turns.length,
    unanswered,
    anomalies: turns.filter(({ anomaly }) => anomaly !== null).length,
    setter: durationsOf(sameTurn.map(({ setterResponseMs }) => setterResponseMs)),
    setterLater: turns.filter(({ setterSameTurn }) => setterSameTurn === false).length,
    ai: durationsOf(byAi.map(({ aiResponseMs }) => aiResponseMs)),
    aiDelay: splitOf(byAi),
  };
}

function durationsOf(answers: readonly (bigint | null)[]): Timing["ai"] {
  const known = answers.flatMap((ms) => (ms === null ? [] : [Number(ms)])).toSorted((a, b) => a - b);
  const count = known.length;
  const percentile = (part: number) => known[Math.ceil(part * count) - 1] ?? null;
  const within = [1, 5, 15, 60].map((minutes) => {
    const inTime = known.filter((ms) => ms <= minutes * MINUTE_MS).length;
    return { minutes, count: inTime, share: count === 0 ? null : inTime / count };
  });
  return { count, p50Ms: percentile(0.5), p90Ms: percentile(0.9), within, anomalies: answers.length - count };
}

function splitOf(answers: readonly DerivedEvent[]): Timing["aiDelay"] {
  const splits = answers.flatMap((event) => {
    const { inboundSentAt, aiResponseSentAt, aiResponseMs, aiChosenDelaySeconds, aiScheduledRunAt, aiJobStartedAt } =
      event;
    if (!aiResponseSentAt || aiResponseMs === null || aiChosenDelaySeconds === null) return [];
    if (!aiScheduledRunAt || !aiJobStartedAt) return [];
    const chosenMs = aiChosenDelaySeconds * SECOND_MS;
    const draftingMs = aiScheduledRunAt.getTime() - chosenMs - inboundSentAt.getTime();
    const queueMs = aiJobStartedAt.getTime() - aiScheduledRunAt.getTime();
    return [
      {
        wholeMs: Number(aiResponseMs),
        draftingMs,
        chosenMs,
        queueMs,
        sendMs: aiResponseSentAt.getTime() - aiJobStartedAt.getTime(),
      },
    ];
  });
  const count = splits.length;
  const outOfOrder = splits.filter(({ queueMs, sendMs }) => queueMs < 0 || sendMs < 0).length;
  if (count === 0) return { count, outOfOrder, mean: null };
  const mean = (part: keyof (typeof splits)[number]) => splits.reduce((sum, each) => sum + each[part], 0) / count;
  const parts = { wholeMs: mean("wholeMs"), draftingMs: mean("draftingMs"), chosenMs: mean("chosenMs") };
  return { count, outOfOrder, mean: { ...parts, queueMs: mean("queueMs"), sendMs: mean("sendMs") } };
}

/** The date that a wall calendar in the zone shows, by a library other than the one that is tested. */
function dateIn(timeZone: string, time: Date): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(time);
}
