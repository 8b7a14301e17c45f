import { describe, expect, it } from "vitest";
import { settleRows } from "./lookback";
import { eventOf, inbound, minute, setter } from "./threads.fixture";

const SINCE = minute(100);

/** The row of a message that was sent then, answered by `answer`. */
function row(sentMinute: number, answer: string) {
  return eventOf([inbound("a", sentMinute), setter(answer, sentMinute + 1)]);
}

function settle(stored: number | null, derived: number | null, sentNow: number | null) {
  const before = stored === null ? [] : [row(stored, "old")];
  const after = derived === null ? [] : [row(derived, "new")];
  const sentAtNow = new Map(sentNow === null ? [] : [["a", minute(sentNow)]]);
  return settleRows(before, after, sentAtNow, SINCE).map(({ setterResponseMessageId }) => setterResponseMessageId);
}

describe("a row", () => {
  it.each([
    ["is made of an anchor inside the lookback", null, 100, 100, ["new"]],
    ["is not made of an older one", null, 99, 99, []],
    ["is changed inside the lookback", 100, 100, 100, ["new"]],
    ["is not changed where its anchor is older", 99, 99, 99, ["old"]],
    ["is changed when its message moved into the lookback", 99, 100, 100, ["new"]],
    ["is changed when its message moved out of the lookback", 100, 99, 99, ["new"]],
    ["is removed inside the lookback when its message is no anchor any more", 100, null, 100, []],
    ["is removed inside the lookback when its message is gone", 100, null, null, []],
    ["is not removed where its anchor is older", 99, null, 99, ["old"]],
    ["is not removed where its anchor was older, and is gone", 99, null, null, ["old"]],
    ["is removed when its message moved into the lookback and is no anchor any more", 99, null, 100, []],
    ["is removed when its message moved out of the lookback and is no anchor any more", 100, null, 99, []],
  ])("%s", (_, stored, derived, sentNow, rows) => {
    expect(settle(stored, derived, sentNow)).toEqual(rows);
  });

  it("may belong to a streak that began before the lookback", () => {
    const event = eventOf([inbound("a", 1), inbound("b", 100), setter("c", 101)]);
    expect(settleRows([], [event], new Map([["b", minute(100)]]), SINCE)).toEqual([event]);
  });
});
