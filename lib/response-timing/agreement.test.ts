import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type History, historyArbitrary } from "./histories.fixture";
import { applyChange, applyHistories, expectEvents, placeHistory, readEvents } from "./histories-database.fixture";
import { NOTHING_DONE, openTimingStage, type RunResult, type TimingStage } from "./timing-stage.fixture";

const LONG = process.env["LEADLINE_LONG_TESTS"] === "1";
const ROUNDS = LONG ? 30 : 3;
/** Many short threads, where everything meets, and some long ones, of which a change leaves most as it is. */
const SHORT = { name: "short", histories: LONG ? 200 : 80, messagesMax: 14, changesMax: 8 };
const LENGTHY = { name: "long", histories: LONG ? 60 : 20, messagesMax: 90, changesMax: 16 };

let stage: TimingStage;
beforeAll(async () => {
  stage = await openTimingStage();
});
afterAll(() => stage.close());

describe("the events that runs leave behind", () => {
  it.each([
    { processors: 1, ...SHORT },
    { processors: 3, ...SHORT },
    { processors: 1, ...LENGTHY },
  ])(
    `are those of the definitions, whatever happened to $name threads, with $processors processors`,
    {
      timeout: 3_600_000,
    },
    async ({ processors, name, histories: numRuns, messagesMax, changesMax }) => {
      for (let round = 0; round < ROUNDS; round++) {
        const seed = Math.floor(Math.random() * 1e9);
        const histories = fc
          .sample(historyArbitrary({ messagesMax, changesMax }), { numRuns, seed })
          .map((history, index) => placeHistory(history, `${name}-${processors}-${round}-${index}-`));
        await expectAgreement(histories, processors, `seed ${seed}`);
      }
    },
  );
});

/** Plays histories in instalments of random length, each followed by runs, and compares all rows after each. */
async function expectAgreement(histories: History[], processors: number, hint: string): Promise<void> {
  const { db } = stage;
  const clientIds = histories.map(({ clientId }) => clientId);
  await applyHistories(db, histories);
  let instalments = histories.map(({ changes }) => [...changes]);
  for (let first = true; first || instalments.some((changes) => changes.length > 0); first = false) {
    const before = await readEvents(db, clientIds);
    const expected = await expectEvents(db, clientIds);
    await runUntilDone(processors, hint);
    const actual = await readEvents(db, clientIds);
    expect(actual, hint).toEqual(allowLateCampaigns(expected, before, actual));
    for (const changes of instalments) {
      for (const change of changes.splice(0, 1 + Math.floor(Math.random() * 4))) await applyChange(db, change);
    }
    instalments = instalments.filter((changes) => changes.length > 0);
  }
  await runUntilDone(1, hint);
  expect(await stage.run(), hint).toEqual(NOTHING_DONE);
}

async function runUntilDone(processors: number, hint: string): Promise<void> {
  const sizes = [1, 5, 200];
  const first = Math.floor(Math.random() * sizes.length);
  const run = (_: unknown, index: number) => stage.run({ batchSize: sizes[(first + index) % sizes.length] });
  const results: RunResult[] = await Promise.all(Array.from({ length: processors }, run));
  for (const result of results) expect(result, hint).toMatchObject({ exhausted: true, mismatches: 0, failed: 0 });
}

type Row = Awaited<ReturnType<typeof readEvents>>[number];

/** A lead's campaign that came after the answer is filled in when its thread changes; until then either is right. */
function allowLateCampaigns(expected: Row[], before: Row[], actual: Row[]): Row[] {
  const rowOf = (rows: Row[]) => new Map(rows.map((row) => [row.inboundMessageId, row]));
  const [past, now] = [rowOf(before), rowOf(actual)];
  return expected.map((row) => {
    const [was, is] = [past.get(row.inboundMessageId), now.get(row.inboundMessageId)];
    const mayWait = was && was.aiResponseMessageId !== null && was.aiDelayMinSeconds === null;
    if (!mayWait || is?.aiDelayMinSeconds !== null) return row;
    return { ...row, aiDelayMinSeconds: null, aiDelayMaxSeconds: null, aiChosenDelaySeconds: null };
  });
}
