import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ConversationMessage, hasReplied, hasRepliedSinceStep, lastReplyAt } from "./replied";

/** A day in November; the start is the 10th. */
function on(day: number): Date {
  return new Date(Date.UTC(2026, 10, day));
}

function inbound(day: number, fields: Partial<ConversationMessage> = {}): ConversationMessage {
  return { direction: "inbound", kind: "reply", deliveryStatus: null, deletedAt: null, sentAt: on(day), ...fields };
}

describe("the lead's last word", () => {
  it.each([
    ["is the latest inbound message", [inbound(11), inbound(13), inbound(12)], on(13)],
    ["may be of no kind", [inbound(11, { kind: null })], on(11)],
    ["is none without messages", [], null],
    ["is none of ours", [inbound(11, { direction: "outbound" })], null],
    ["is none that was taken back", [inbound(11), inbound(13, { deletedAt: on(14) })], on(11)],
    ["is no reaction", [inbound(11), inbound(13, { kind: "reaction" })], on(11)],
    ["is no automatic reply", [inbound(11), inbound(13, { kind: "auto_reply" })], on(11)],
  ])("%s", (_, messages, at) => {
    expect(lastReplyAt(messages)).toEqual(at);
  });
});

describe("a lead has replied", () => {
  const marks = { startedAt: on(10), lastStepAt: null, resumedAt: null };

  it.each([
    ["when it wrote after the start", 11, marks, true],
    ["not when it wrote before the start", 9, marks, false],
    ["not when it wrote at the very start", 10, marks, false],
    ["when it wrote after the last step", 13, { ...marks, lastStepAt: on(12) }, true],
    ["not when a step was done since", 11, { ...marks, lastStepAt: on(12) }, false],
    ["not when the instance was resumed since", 11, { ...marks, resumedAt: on(12) }, false],
    ["when it wrote again after the resume", 13, { ...marks, resumedAt: on(12) }, true],
    [
      "when it wrote after a step and after an older resume",
      14,
      { ...marks, lastStepAt: on(13), resumedAt: on(12) },
      true,
    ],
    ["not when it wrote between a step and a resume", 13, { ...marks, lastStepAt: on(12), resumedAt: on(14) }, false],
  ])("%s", (_, day, marks, replied) => {
    expect(hasReplied(on(day), marks)).toBe(replied);
  });

  it("never without a message", () => {
    expect(hasReplied(null, marks)).toBe(false);
  });

  it("for a condition's purposes also where the instance was resumed since", () => {
    const resumed = { ...marks, lastStepAt: on(12), resumedAt: on(14) };
    expect(hasRepliedSinceStep(on(13), resumed)).toBe(true);
    expect(hasRepliedSinceStep(on(11), resumed)).toBe(false);
  });

  it("whatever the order in which its messages are read", () => {
    const message = fc.record({
      day: fc.integer({ min: 1, max: 20 }),
      kind: fc.constantFrom(null, "reply", "reaction"),
    });
    fc.assert(
      fc.property(fc.array(message), (all) => {
        const messages = all.map(({ day, kind }) => inbound(day, { kind }));
        expect(lastReplyAt(messages.toReversed())).toEqual(lastReplyAt(messages));
      }),
    );
  });
});
