import { describe, expect, it } from "vitest";
import { DAY_MS } from "@/lib/core/time";
import type { MessageRow } from "../records";
import { deriveEvents } from "./derive";
import { ai, draft, eventOf, inbound, minute, setter, thread, unsigned } from "./threads.fixture";

const NO_RESPONSE = {
  setterResponseMessageId: null,
  setterResponseSentAt: null,
  setterSentByUserId: null,
  setterResponseMs: null,
  setterSameTurn: null,
};

describe("a setter's response", () => {
  it("is told of with its time, its writer and the milliseconds that it took", () => {
    const sentAt = new Date(minute(2).getTime() + 345);
    const event = eventOf([inbound("a", 1), setter("b", 2, { sentAt, sentByUserId: "user-7" })]);
    expect(event).toMatchObject({
      setterResponseMessageId: "b",
      setterResponseSentAt: sentAt,
      setterSentByUserId: "user-7",
      setterResponseMs: 60_345n,
      setterSameTurn: true,
      firstResponder: "setter",
      anomaly: null,
    });
  });

  it("is the first that a person of ours signed", () => {
    const event = eventOf([
      inbound("a", 0),
      unsigned("b", 1),
      unsigned("c", 2, { sentBy: "system", sentByUserId: "user-1" }),
      unsigned("d", 3, { sentByUserId: "user-1" }),
      setter("e", 4, { sentByUserId: null }),
      setter("f", 5),
      setter("g", 6),
    ]);
    expect(event).toMatchObject({ setterResponseMessageId: "f", setterResponseMs: 300_000n });
  });

  it("comes after an answer of the AI as well as before it", () => {
    const event = eventOf([inbound("a", 0), ai("b", 1, "d1"), setter("c", 2)], { drafts: [draft("d1", "a")] });
    expect(event).toMatchObject({ aiResponseMessageId: "b", setterResponseMessageId: "c", setterSameTurn: true });
    expect(event.firstResponder).toBe("ai");
  });

  it("counts however late it comes, also where 32 bits do not hold the milliseconds", () => {
    const sentAt = new Date(minute(0).getTime() + 200 * DAY_MS);
    const event = eventOf([inbound("a", 0), unsigned("b", 1), setter("c", 0, { sentAt })]);
    expect(event.setterResponseMs).toBe(17_280_000_000n);
  });

  it("takes no time where both were sent at once", () => {
    expect(eventOf([inbound("a", 0), setter("b", 0)]).setterResponseMs).toBe(0n);
  });

  it("is not one from before the anchor", () => {
    expect(eventOf([setter("a", 0), inbound("b", 1), unsigned("c", 2)])).toMatchObject(NO_RESPONSE);
  });

  it.each<[string, MessageRow]>([
    ["deleted", setter("x", 2, { deletedAt: minute(3) })],
    ["a reaction", setter("x", 2, { kind: "reaction" })],
    ["of a sequence", setter("x", 2, { kind: "sequence" })],
    ["failed", setter("x", 2, { deliveryStatus: "failed" })],
    ["what a lead wrote", inbound("x", 2, { sentBy: "setter", sentByUserId: "user-1" })],
  ])("is not one that is %s", (_, other) => {
    const [event] = deriveEvents(thread([inbound("a", 0), unsigned("b", 1), other]));
    expect(event).toMatchObject(NO_RESPONSE);
  });

  it("is in the same turn unless the lead wrote in between", () => {
    const [first, second] = deriveEvents(
      thread([inbound("a", 0), unsigned("b", 1), inbound("c", 2), unsigned("d", 3), setter("e", 4)]),
    );
    expect(first).toMatchObject({ inboundMessageId: "a", setterResponseMessageId: "e", setterSameTurn: false });
    expect(second).toMatchObject({ inboundMessageId: "c", setterResponseMessageId: "e", setterSameTurn: true });
  });
});

describe("the first responder", () => {
  const drafts = [draft("d1", "a")];

  it.each<[string, MessageRow[], string | null]>([
    ["the setter, who was alone", [setter("b", 1)], "setter"],
    ["the AI, which was alone", [ai("b", 1, "d1")], "ai"],
    ["the setter, who was before the AI", [setter("b", 1), ai("c", 2, "d1")], "setter"],
    ["the AI, which was before the setter", [ai("b", 1, "d1"), setter("c", 2)], "ai"],
    ["nobody, if neither answered", [unsigned("b", 1)], null],
    ["decided by the order where both were sent at once", [setter("c", 1), ai("b", 1, "d1")], "ai"],
    ["not whoever sent something that answers nothing", [ai("b", 1, "d9"), setter("c", 2)], "setter"],
    ["judged by the order even where the clock is wrong", [ai("b", 1, "d1", SKEWED), setter("c", 2)], "ai"],
  ])("is %s", (_, messages, responder) => {
    expect(eventOf([inbound("a", 0), ...messages], { drafts }).firstResponder).toBe(responder);
  });
});

const SKEWED = { createdAt: minute(-600) };

describe("a clock that is wrong", () => {
  const drafts = [draft("d1", "a")];
  const toTheLimit = (minutes: number) => ({ createdAt: minute(minutes - 5) });
  const beyondIt = (minutes: number) => ({ createdAt: new Date(minute(minutes - 5).getTime() - 1) });

  it("is one that is more than five minutes ahead of when the message was written down", () => {
    const within = eventOf([inbound("a", 0, toTheLimit(0)), setter("b", 9, toTheLimit(9))]);
    expect(within).toMatchObject({ setterResponseMs: 540_000n, anomaly: null });
    const beyond = eventOf([inbound("a", 0), setter("b", 9, beyondIt(9))]);
    expect(beyond).toMatchObject({ setterResponseMs: null, anomaly: "clock_skew" });
  });

  it("is not one that is behind, however far: messages come late", () => {
    const event = eventOf([inbound("a", 0, { createdAt: minute(9999) }), setter("b", 9, { createdAt: minute(9999) })]);
    expect(event).toMatchObject({ setterResponseMs: 540_000n, anomaly: null });
  });

  it("spoils both durations if it is the anchor's", () => {
    const event = eventOf([inbound("a", 0, beyondIt(0)), setter("b", 1), ai("c", 2, "d1")], { drafts });
    expect(event).toMatchObject({ setterResponseMs: null, aiResponseMs: null, aiActualDelaySeconds: null });
    expect(event.anomaly).toBe("clock_skew");
  });

  it("spoils only the duration of the message that it belongs to", () => {
    const setterAhead = eventOf([inbound("a", 0), setter("b", 1, beyondIt(1)), ai("c", 2, "d1")], { drafts });
    expect(setterAhead).toMatchObject({ setterResponseMs: null, aiResponseMs: 120_000n, aiActualDelaySeconds: 120 });
    const aiAhead = eventOf([inbound("a", 0), setter("b", 1), ai("c", 2, "d1", beyondIt(2))], { drafts });
    expect(aiAhead).toMatchObject({ setterResponseMs: 60_000n, aiResponseMs: null, aiActualDelaySeconds: null });
    expect([setterAhead.anomaly, aiAhead.anomaly]).toEqual(["clock_skew", "clock_skew"]);
  });

  it("leaves everything but durations as it is", () => {
    const event = eventOf([inbound("a", 0, beyondIt(0)), setter("b", 1), ai("c", 2, "d1")], { drafts });
    expect(event).toMatchObject({
      ...{ setterResponseMessageId: "b", setterResponseSentAt: minute(1), setterSameTurn: true },
      ...{ aiResponseMessageId: "c", aiResponseSentAt: minute(2), aiDelayMinSeconds: 180 },
      firstResponder: "setter",
    });
    expect(event.aiChosenDelaySeconds).not.toBeNull();
  });

  it("is no matter where nobody answered, or of messages that are neither end of a duration", () => {
    expect(eventOf([inbound("a", 0, beyondIt(0)), unsigned("b", 1, beyondIt(1))]).anomaly).toBeNull();
    const between = [inbound("a", 0, beyondIt(0)), inbound("b", 1), unsigned("c", 2, beyondIt(2)), setter("d", 3)];
    expect(eventOf(between)).toMatchObject({ setterResponseMs: 120_000n, anomaly: null });
  });
});
