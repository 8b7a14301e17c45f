import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { readCursor, writeCursor } from "../backfill/cursor";
import { HISTORY_START, historyArbitrary } from "../histories.fixture";
import { applyHistories, placeHistory } from "../histories-database.fixture";
import type { ThreadKey } from "../records";
import { type BackfillScope, findThreadPage, type ThreadPlace } from "./backfill-threads";
import { lockThreads } from "./thread-locks";

/** More than one page passes over, so that some pages hold nothing. */
const SILENT_LEADS = 1_300;

let database: TestDatabase;
let db: Db;
let clientIds: string[];
const everything: BackfillScope = { clientId: null, share: { index: 0, of: 1 }, since: new Date(0) };

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
  const samples = fc.sample(historyArbitrary(), { numRuns: 25, seed: 3 });
  const histories = samples.map((history, index) => placeHistory(history, `${"Zaé"[index % 3]}${index}-`));
  clientIds = histories.map(({ clientId }) => clientId);
  await applyHistories(db, histories);
  const [clientId = ""] = clientIds;
  const silent = Array.from({ length: SILENT_LEADS }, (_, index) => ({ id: `k-silent-${index}`, clientId }));
  await db.lead.createMany({ data: silent });
});

afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

describe("the pages of threads", () => {
  it.each([1, 2, 7, 5000])("hold every thread exactly once, at most %i at a time", async (threadsMax) => {
    const pages = await readPages(everything, threadsMax);
    const threads = pages.flat();
    expect(Math.max(...pages.map((page) => page.length))).toBeLessThanOrEqual(threadsMax);
    expect(named(threads)).toEqual(named(await threadsWrittenTo({})));
    expect(new Set(named(threads)).size).toBe(threads.length);
  });

  it("are those of one workspace if one is asked for", async () => {
    const [, clientId = ""] = clientIds;
    const threads = (await readPages({ ...everything, clientId }, 2)).flat();
    expect(named(threads)).toEqual(named(await threadsWrittenTo({ lead: { clientId } })));
  });

  it.each([2, 4])("of %i shares hold every thread in one of them, and no locks in two", async (of) => {
    const shares: ThreadKey[][] = [];
    for (let index = 0; index < of; index++)
      shares.push((await readPages({ ...everything, share: { index, of } }, 3)).flat());
    expect(Math.min(...shares.map((threads) => threads.length))).toBeGreaterThan(0);
    expect(named(shares.flat())).toEqual(named(await threadsWrittenTo({})));
    await db.$transaction(async (holder) => {
      const [own = [], ...others] = shares;
      await lockThreads(holder, own, "try");
      const free = await db.$transaction((tx) => lockThreads(tx, others.flat(), "try"));
      expect(named(free.locked)).toEqual(named(others.flat()));
      expect(await db.$transaction((tx) => lockThreads(tx, own, "try"))).toEqual({ locked: [], homes: [] });
    });
  });

  it("hold no thread to which a lead last wrote before the lookback", async () => {
    const since = new Date(HISTORY_START.getTime() + 600_000);
    const threads = (await readPages({ ...everything, since }, 9)).flat();
    expect(named(threads)).toEqual(named(await threadsWrittenTo({ sentAt: { gte: since } })));
    expect(threads.length).toBeLessThan((await threadsWrittenTo({})).length);
  });

  it("hold threads of events alone: of a channel that messages do not have, and of messages that moved into the lookback", async () => {
    const since = new Date(HISTORY_START.getTime() + 2000 * 86_400_000);
    const lead = await db.lead.findFirstOrThrow({ where: { id: { startsWith: "k-silent" } } });
    const moved = await db.message.create({
      data: { leadId: lead.id, channel: "sms", direction: "outbound", sentAt: since },
    });
    const event = { clientId: lead.clientId, leadId: lead.id, streakStartedAt: since, streakCount: 1 };
    const old = HISTORY_START;
    await db.responseTimingEvent.createMany({
      data: [
        { ...event, channel: "fax", inboundMessageId: "gone", inboundSentAt: since },
        { ...event, channel: "email", inboundMessageId: moved.id, inboundSentAt: old },
        { ...event, channel: "whatsapp", inboundMessageId: "gone-too", inboundSentAt: old },
      ],
    });
    const threads = (await readPages({ ...everything, since }, 1)).flat();
    await db.responseTimingEvent.deleteMany();
    await db.message.delete({ where: { id: moved.id } });
    expect(named(threads)).toEqual([`${lead.id} email`, `${lead.id} fax`]);
  });
});

describe("a cursor", () => {
  it("says the place that was written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.option(fc.string()), (leadId, channel) => {
        expect(readCursor(writeCursor({ leadId, channel }))).toEqual({ leadId, channel });
      }),
    );
  });

  it.each(["", "lead-1", "{}", "[1, 2]", `["lead-1"]`])("that is %j is refused", (text) => {
    expect(() => readCursor(text)).toThrow("cannot be read");
  });
});

async function readPages(scope: BackfillScope, threadsMax: number): Promise<ThreadKey[][]> {
  const pages: ThreadKey[][] = [];
  for (let after: ThreadPlace | null = null; ; ) {
    const { threads, end } = await db.$transaction((tx) => findThreadPage(tx, scope, after, threadsMax));
    pages.push(threads);
    if (end === null) return pages;
    after = end;
  }
}

async function threadsWrittenTo(where: object): Promise<ThreadKey[]> {
  const rows = await db.message.groupBy({ by: ["leadId", "channel"], where: { direction: "inbound", ...where } });
  return rows;
}

function named(threads: readonly ThreadKey[]): string[] {
  return threads.map(({ leadId, channel }) => `${leadId} ${channel}`).toSorted();
}
