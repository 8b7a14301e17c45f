import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MessageRow } from "../records";
import { deriveEvents } from "./derive";
import { ai, anchorsOf, eventOf, inbound, minute, setter, thread, unsigned } from "./threads.fixture";

describe("an anchor", () => {
  it.each<[string, MessageRow[], string[]]>([
    ["is an inbound message that something of ours follows", [inbound("a", 0), setter("b", 1)], ["a"]],
    ["is so whoever sent what follows", [inbound("a", 0), unsigned("b", 1, { sentBy: "system" })], ["a"]],
    ["is not one that nothing follows", [setter("a", 0), inbound("b", 1)], []],
    ["is not one that another inbound follows", [inbound("a", 0), inbound("b", 1), setter("c", 2)], ["b"]],
    ["is never outbound", [setter("a", 0), setter("b", 1)], []],
    [
      "is there once for each turn",
      [inbound("a", 0), setter("b", 1), unsigned("c", 2), inbound("d", 3), ai("e", 4, null), inbound("f", 5)],
      ["a", "d"],
    ],
  ])("%s", (_, messages, anchors) => {
    expect(anchorsOf(messages)).toEqual(anchors);
  });

  it("has a row that says where it is and when it was sent", () => {
    const event = eventOf([inbound("a", 3), setter("b", 4)]);
    expect(event).toMatchObject({ clientId: "client-1", leadId: "lead-1", channel: "sms" });
    expect(event).toMatchObject({ inboundMessageId: "a", inboundSentAt: minute(3) });
  });
});

describe("a streak", () => {
  it("is the unbroken run of inbound messages that ends in the anchor", () => {
    const messages = [
      inbound("a", 0),
      setter("b", 1),
      inbound("c", 2),
      inbound("d", 3),
      inbound("e", 7),
      setter("f", 8),
    ];
    const [, event] = deriveEvents(thread(messages));
    expect(event).toMatchObject({ inboundMessageId: "e", streakStartedAt: minute(2), streakCount: 3 });
  });

  it("begins where the thread does if nothing of ours was before", () => {
    const event = eventOf([inbound("a", 0), inbound("b", 1), setter("c", 2)]);
    expect(event).toMatchObject({ streakStartedAt: minute(0), streakCount: 2 });
  });

  it("is one message long when that was all", () => {
    expect(eventOf([inbound("a", 1), setter("b", 2)])).toMatchObject({ streakStartedAt: minute(1), streakCount: 1 });
  });
});

const DELETED = { deletedAt: minute(9) };

describe("a message that does not exist for the thread", () => {
  it.each<[string, MessageRow]>([
    ["a deleted inbound", inbound("x", 1, DELETED)],
    ["a deleted reply", setter("x", 1, DELETED)],
    ["a reaction of the lead", inbound("x", 1, { kind: "reaction" })],
    ["a reaction of ours", setter("x", 1, { kind: "reaction" })],
  ])("neither makes nor ends a streak, nor answers: %s", (_, ghost) => {
    expect(anchorsOf([inbound("a", 0), ghost])).toEqual([]);
    expect(anchorsOf([ghost, setter("b", 2)])).toEqual([]);
    const event = eventOf([inbound("a", 0), ghost, inbound("b", 2), setter("c", 3)]);
    expect(event).toMatchObject({ inboundMessageId: "b", streakCount: 2, setterResponseMessageId: "c" });
  });
});

describe("a transparent message", () => {
  it.each<[string, MessageRow]>([
    ["an automatic reply of the lead's", inbound("x", 1, { kind: "auto_reply" })],
    ["a step of a sequence", setter("x", 1, { kind: "sequence" })],
    ["a campaign", setter("x", 1, { kind: "campaign" })],
    ["a message of the system", setter("x", 1, { kind: "system" })],
    ["an automatic reply of ours", setter("x", 1, { kind: "auto_reply" })],
    ["a reply that failed", setter("x", 1, { deliveryStatus: "failed" })],
    ["a reply that bounced", setter("x", 1, { deliveryStatus: "bounced" })],
  ])("is no anchor, no response, and closes nothing: %s", (_, transparent) => {
    expect(anchorsOf([inbound("a", 0), transparent])).toEqual([]);
    expect(anchorsOf([transparent, setter("b", 2)])).toEqual([]);
    const event = eventOf([inbound("a", 0), transparent, inbound("b", 2), setter("c", 3)]);
    expect(event).toMatchObject({ inboundMessageId: "b", streakCount: 2, setterResponseMessageId: "c" });
  });

  it.each<[string, MessageRow]>([
    ["an automatic reply of the lead's", inbound("x", 2, { kind: "auto_reply" })],
    ["a deleted message", inbound("x", 2, DELETED)],
    ["a reaction", inbound("x", 2, { kind: "reaction" })],
  ])("between an anchor and its response begins no new turn: %s", (_, between) => {
    const event = eventOf([inbound("a", 0), unsigned("b", 1), between, setter("c", 3)]);
    expect(event).toMatchObject({ setterResponseMessageId: "c", setterSameTurn: true });
  });
});

describe("an eligible message", () => {
  it.each<[string, MessageRow]>([
    ["one of no known kind", inbound("x", 0, { kind: null })],
    ["one of a kind that only our messages are transparent by", inbound("x", 0, { kind: "sequence" })],
    ["one that is said to have failed", inbound("x", 0, { deliveryStatus: "failed" })],
    ["one of no known delivery", inbound("x", 0, { deliveryStatus: null })],
  ])("is an inbound whatever else is said of it: %s", (_, message) => {
    expect(anchorsOf([message, setter("b", 1)])).toEqual(["x"]);
  });

  it.each<[string, MessageRow]>([
    ["of no known kind", setter("x", 1, { kind: null })],
    ["of no known delivery", setter("x", 1, { deliveryStatus: null })],
    ["with another word for its delivery", setter("x", 1, { deliveryStatus: "FAILED" })],
  ])("is an outbound %s", (_, message) => {
    expect(anchorsOf([inbound("a", 0), message])).toEqual(["a"]);
  });
});

describe("the order of a thread", () => {
  const same = { sentAt: minute(1), createdAt: minute(1) };

  it("is by when messages were sent, not by when we heard of them", () => {
    const late = inbound("a", 0, { createdAt: minute(60) });
    expect(anchorsOf([setter("b", 1), late])).toEqual(["a"]);
  });

  it("is by when we heard of them where they were sent at once", () => {
    const [first, second] = [minute(2), minute(3)];
    expect(anchorsOf([setter("a", 1, { createdAt: second }), inbound("b", 1, { createdAt: first })])).toEqual(["b"]);
    expect(anchorsOf([setter("a", 1, { createdAt: first }), inbound("b", 1, { createdAt: second })])).toEqual([]);
  });

  it.each([
    ["a", "b"],
    // People's languages sort these the other way round.
    ["B", "a"],
    ["Z", "a"],
    ["_", "a"],
    ["z", "ä"],
    ["a", "aa"],
    // So do UTF-16 code units.
    ["\uff5e", "\u{1f600}"],
    ["m\uff5e2", "m\u{1f600}1"],
  ])("is by the bytes of the id where nothing else tells: %j before %j", (first, second) => {
    expect(anchorsOf([setter(second, 0, same), inbound(first, 0, same)])).toEqual([first]);
    expect(anchorsOf([setter(first, 0, same), inbound(second, 0, same)])).toEqual([]);
  });

  it("does not depend on the order in which rows are read", () => {
    const minutes = fc.integer({ min: 0, max: 3 });
    const one = fc.tuple(fc.boolean(), minutes, minutes);
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), fc.infiniteStream(fc.nat()), (told, shuffle) => {
        const messages = told.map(([isInbound, sent, heard], index) =>
          (isInbound ? inbound : setter)(`m${index}`, sent, { createdAt: minute(heard) }),
        );
        const keys = new Map(messages.map((message) => [message, shuffle.next().value]));
        const shuffled = messages.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        expect(deriveEvents(thread(shuffled))).toEqual(deriveEvents(thread(messages)));
      }),
    );
  });
});
