import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { type History, historyArbitrary } from "../histories.fixture";
import { applyChange, applyHistories, placeHistory } from "../histories-database.fixture";
import type { DerivedEvent, ThreadKey, ThreadRows } from "../records";
import { deriveEvents } from "../rules/derive";
import { readThreadRows, readThreads } from "./thread-rows";

const HISTORIES = 60;

let database: TestDatabase;
let db: Db;
let histories: History[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
  const samples = fc.sample(historyArbitrary({ messagesMax: 25 }), { numRuns: HISTORIES, seed: 7 });
  histories = samples.map((history, index) => placeHistory(history, `h${index}-`));
  await applyHistories(db, histories);
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("a thread's rows", () => {
  it("are all that decides its events, whatever the thread is read with", async () => {
    const events: DerivedEvent[] = [];
    for (const history of histories) {
      const keys = keysOf(history);
      const together = await readThreads(db, keys);
      expect(together).toHaveLength(keys.length);
      for (const thread of together) {
        expect(deriveEvents(thread)).toEqual(deriveEvents(inMemory(history, thread)));
        events.push(...deriveEvents(thread));
      }
    }
    // Histories are worth something only if things happen in them.
    const columns = Object.keys(events[0] ?? {});
    const filled = columns.map((name) => events.filter((event) => Reflect.get(event, name) !== null).length);
    expect(Math.min(...filled)).toBeGreaterThan(HISTORIES / 4);
    expect(events.filter(({ setterSameTurn }) => setterSameTurn === false).length).toBeGreaterThan(HISTORIES / 10);
    expect(events.filter(({ streakCount }) => streakCount > 1).length).toBeGreaterThan(HISTORIES / 4);
    expect(events.filter(({ firstResponder }) => firstResponder === "ai").length).toBeGreaterThan(HISTORIES / 4);
  });

  it("bring what rows have saved, those of other threads included", async () => {
    const [history] = histories;
    const message = history?.messages[0];
    const [here, there] = history?.leads ?? [];
    if (!history || !message || !here || !there) throw new Error("the history is empty");
    const { id: inboundMessageId, sentAt, channel, leadId } = message;
    const elsewhere = leadId === here.id ? there.id : here.id;
    const saved = { aiDelayMinSeconds: 11, aiDelayMaxSeconds: 22 };
    const row = { clientId: history.clientId, channel, inboundSentAt: sentAt, streakStartedAt: sentAt, streakCount: 1 };
    await db.responseTimingEvent.create({ data: { ...row, ...saved, leadId: elsewhere, inboundMessageId } });
    const thread = await readThreadRows(db, leadId, channel);
    expect(thread?.snapshots).toEqual([{ inboundMessageId, ...saved }]);
    await db.responseTimingEvent.deleteMany();
  });

  it("are there for a lead without messages, and not for one that is gone", async () => {
    const [history] = histories;
    const lead = history?.leads[0];
    if (!history || !lead) throw new Error("the history is empty");
    const empty = await readThreadRows(db, lead.id, "linkedin");
    expect(empty).toMatchObject({ clientId: history.clientId, messages: [], drafts: [], jobs: [], snapshots: [] });
    expect(await readThreadRows(db, "gone", "sms")).toBeNull();
  });

  it("are read in as many statements for many threads as for one", async () => {
    const statements: string[] = [];
    const counted = createDb(database.url, { onStatement: (sql) => statements.push(sql) });
    await readThreads(counted, histories.flatMap(keysOf));
    await counted.$disconnect();
    expect(statements).toHaveLength(5);
  });

  it("can be changed in every way that histories tell of", async () => {
    const kinds = new Set(histories.flatMap(({ changes }) => changes.map(({ kind }) => kind)));
    expect(kinds.size).toBe(12);
    for (const change of histories.flatMap(({ changes }) => changes)) await applyChange(db, change);
  });
});

function keysOf({ leads }: History) {
  return leads.flatMap(({ id: leadId }) => ["sms", "email"].map((channel) => ({ leadId, channel })));
}

/** The same thread from the history as it was told: every draft and job there is, whomever it is about. */
function inMemory(history: History, { leadId, channel }: ThreadKey): ThreadRows {
  const lead = history.leads.find(({ id }) => id === leadId);
  const campaign = history.campaigns.find(({ id }) => id === lead?.campaignId);
  return {
    ...{ clientId: history.clientId, leadId, channel, drafts: history.drafts, snapshots: [] },
    messages: history.messages.filter((message) => message.leadId === leadId && message.channel === channel),
    jobs: history.jobs,
    campaignBounds: campaign
      ? { minSeconds: campaign.autoSendDelayMinSeconds, maxSeconds: campaign.autoSendDelayMaxSeconds }
      : null,
  };
}
