import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Coverage, conversationStart, verifiedAfter, windowStart } from "./window";

const at = (text: string) => new Date(`2030-03-${text}Z`);
const NOW = at("12T13:00");
const progress = (verifiedAt: Date | null, marks: [string, Date][] = []) => ({
  startedAt: NOW,
  verifiedAt,
  marks: new Map(marks),
});
const conversation = (lastActiveAt: Date | null, id = "c-1") => ({ id, phone: null, lastActiveAt });

describe("the window of a comparison", () => {
  it("is a week the first time, and then begins ten minutes before the last success did", () => {
    expect(windowStart(progress(null))).toEqual(at("05T13:00"));
    expect(windowStart(progress(at("12T12:00")))).toEqual(at("12T11:50"));
    expect(windowStart(progress(at("01T12:00")))).toEqual(at("01T11:50"));
  });
});

describe("a conversation that an unfinished comparison got to", () => {
  const marked = progress(at("10T12:00"), [["c-1", at("12T12:00")]]);

  it.each([
    ["was quiet since", conversation(at("12T11:49:59")), null],
    ["was active at the edge", conversation(at("12T11:50")), at("12T11:50")],
    ["was active since", conversation(at("12T12:30")), at("12T11:50")],
    ["does not say when it was active", conversation(null), at("12T11:50")],
    ["is another one", conversation(at("11T00:00"), "c-2"), at("10T11:50")],
  ])("and that %s is compared from %3$s on", (_, one, expected) => {
    expect(conversationStart(marked, one)).toEqual(expected);
  });
});

describe("up to when everything is compared", () => {
  it.each<[Coverage, Date | null, Date | null]>([
    ["complete", null, NOW],
    ["complete", at("01T00:00"), NOW],
    ["with_gaps", null, null],
    ["with_gaps", at("06T00:00"), at("06T00:00")],
    ["with_gaps", at("01T00:00"), at("05T13:00")],
    ["cut_off", null, null],
    ["cut_off", at("01T00:00"), at("01T00:00")],
  ])("after a turn that is %s, from %s, is %s", (coverage, before, after) => {
    expect(verifiedAfter(progress(before), coverage)).toEqual(after);
  });

  it("never moves back, and never past the beginning of the turn", () => {
    const coverage = fc.constantFrom<Coverage>("complete", "with_gaps", "cut_off");
    fc.assert(
      fc.property(fc.option(fc.date({ max: NOW, noInvalidDate: true })), coverage, (before, how) => {
        const after = verifiedAfter(progress(before), how);
        expect(after === null || after <= NOW).toBe(true);
        expect(before === null || (after !== null && after >= before)).toBe(true);
      }),
    );
  });
});
