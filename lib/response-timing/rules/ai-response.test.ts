import { describe, expect, it } from "vitest";
import { computeChosenDelaySeconds } from "@/lib/background-jobs/delayed-auto-send";
import type { DraftRow, MessageRow, ThreadRows } from "../records";
import { deriveEvents } from "./derive";
import { ai, draft, eventOf, inbound, job, minute, setter, thread, unsigned } from "./threads.fixture";

const NO_RESPONSE = {
  aiDraftId: null,
  aiResponseMessageId: null,
  aiResponseSentAt: null,
  aiResponseMs: null,
  aiDelayMinSeconds: null,
  aiDelayMaxSeconds: null,
  aiChosenDelaySeconds: null,
  aiActualDelaySeconds: null,
  aiBackgroundJobId: null,
  aiScheduledRunAt: null,
  aiJobStartedAt: null,
  aiJobFinishedAt: null,
};

describe("an AI's response", () => {
  it("is told of with its draft, its time and how long it took", () => {
    const sentAt = new Date(minute(4).getTime() + 999);
    const event = eventOf([inbound("a", 0), ai("b", 4, "d1", { sentAt })], { drafts: [draft("d1", "a")] });
    expect(event).toMatchObject({ aiDraftId: "d1", aiResponseMessageId: "b", aiResponseSentAt: sentAt });
    expect(event).toMatchObject({ aiResponseMs: 240_999n, aiActualDelaySeconds: 240, firstResponder: "ai" });
  });

  it("may have been triggered by any message of the streak", () => {
    for (const trigger of ["a", "b", "c"]) {
      const messages = [inbound("a", 0), inbound("b", 1), inbound("c", 2), ai("d", 3, "d1")];
      const event = eventOf(messages, { drafts: [draft("d1", trigger)] });
      expect(event).toMatchObject({ aiResponseMessageId: "d", aiResponseMs: 60_000n });
    }
  });

  it("is the earliest of all that were triggered, whichever draft it sent", () => {
    const messages = [inbound("a", 0), inbound("b", 1), unsigned("c", 2), ai("d", 3, "d2"), ai("e", 4, "d1")];
    const event = eventOf(messages, { drafts: [draft("d1", "a"), draft("d2", "b"), draft("d3", "b")] });
    expect(event).toMatchObject({ aiResponseMessageId: "d", aiDraftId: "d2" });
  });

  it("is the first of several that sent the same draft", () => {
    const event = eventOf([inbound("a", 0), ai("b", 1, "d1"), ai("c", 2, "d1")], { drafts: [draft("d1", "a")] });
    expect(event.aiResponseMessageId).toBe("b");
  });

  it("may come in a later turn", () => {
    const messages = [inbound("a", 0), unsigned("b", 1), inbound("c", 2), ai("d", 3, "d1")];
    const [first, second] = deriveEvents(thread(messages, { drafts: [draft("d1", "a")] }));
    expect(first).toMatchObject({ inboundMessageId: "a", aiResponseMessageId: "d" });
    expect(second).toMatchObject({ inboundMessageId: "c", ...NO_RESPONSE });
  });

  it.each<[string, MessageRow[], DraftRow[]]>([
    ["without a draft", [inbound("a", 0), ai("b", 1, null)], [draft("d1", "a")]],
    ["of a draft that is gone", [inbound("a", 0), ai("b", 1, "d1")], []],
    ["of a draft that nothing triggered", [inbound("a", 0), ai("b", 1, "d1")], [draft("d1", null)]],
    ["of a draft that another thread triggered", [inbound("a", 0), ai("b", 1, "d1")], [draft("d1", "elsewhere")]],
    ["that a person sent", [inbound("a", 0), setter("b", 1, { aiDraftId: "d1" })], [draft("d1", "a")]],
    ["that nobody signed", [inbound("a", 0), unsigned("b", 1, { aiDraftId: "d1" })], [draft("d1", "a")]],
    ["that was sent before", [ai("a", 0, "d1"), inbound("b", 1), unsigned("c", 2)], [draft("d1", "b")]],
    [
      "that is deleted",
      [inbound("a", 0), unsigned("b", 1), ai("c", 2, "d1", { deletedAt: minute(3) })],
      [draft("d1", "a")],
    ],
    [
      "that bounced",
      [inbound("a", 0), unsigned("b", 1), ai("c", 2, "d1", { deliveryStatus: "bounced" })],
      [draft("d1", "a")],
    ],
    ["of a sequence", [inbound("a", 0), unsigned("b", 1), ai("c", 2, "d1", { kind: "sequence" })], [draft("d1", "a")]],
    [
      "that an inbound outside the streak triggered",
      [inbound("x", 0, { kind: "auto_reply" }), inbound("a", 1), ai("b", 2, "d1")],
      [draft("d1", "x")],
    ],
    [
      "that a deleted message of the streak triggered",
      [inbound("x", 0, { deletedAt: minute(9) }), inbound("a", 1), ai("b", 2, "d1")],
      [draft("d1", "x")],
    ],
  ])("is not one %s", (_, messages, drafts) => {
    const jobs = [job("j1", 1, ["d1", "a"])];
    expect(eventOf(messages, { drafts, jobs })).toMatchObject(NO_RESPONSE);
  });
});

describe("the job that delayed an answer", () => {
  const messages = [inbound("a", 0), inbound("b", 1), ai("c", 8, "d1")];
  const drafts = [draft("d1", "a"), draft("d2", "b")];
  const jobOf = (...jobs: ThreadRows["jobs"]) => eventOf(messages, { drafts, jobs }).aiBackgroundJobId;

  it("is told of with when it was due, began and ended", () => {
    const times = { startedAt: minute(6), finishedAt: minute(8) };
    expect(eventOf(messages, { drafts, jobs: [job("j1", 5, ["d1", "a"], times)] })).toMatchObject({
      aiBackgroundJobId: "j1",
      aiScheduledRunAt: minute(5),
      aiJobStartedAt: minute(6),
      aiJobFinishedAt: minute(8),
    });
  });

  it("is the newest, and by the bytes of its id where two are as new", () => {
    const old = job("z", 0, ["d1", "a"]);
    const young = job("a", 1, ["d1", "a"]);
    expect(jobOf(young, old)).toBe("a");
    expect(jobOf(job("a", 0, ["d1", "a"]), job("B", 0, ["d1", "a"]))).toBe("a");
    expect(jobOf(job("\u{1f600}", 0, ["d1", "a"]), job("\uff5e", 0, ["d1", "a"]))).toBe("\u{1f600}");
  });

  it.each([
    ["of another draft", job("j1", 1, ["d2", "b"])],
    ["of another message", job("j1", 1, ["d1", "b"])],
    ["of no draft", job("j1", 1, ["d1", "a"], { draftId: null })],
    ["of another type", job("j1", 1, ["d1", "a"], { type: "AI_DRAFT" })],
  ])("is not one %s, and without one there is still an answer", (_, other) => {
    const event = eventOf(messages, { drafts, jobs: [other] });
    const nothing = { aiBackgroundJobId: null, aiScheduledRunAt: null, aiJobStartedAt: null, aiJobFinishedAt: null };
    expect(event).toMatchObject({ aiResponseMessageId: "c", aiDelayMinSeconds: 180, ...nothing });
  });
});

describe("the bounds of the delay", () => {
  const answered = [inbound("a", 0), inbound("b", 1), ai("c", 8, "d1")];
  const unanswered = [inbound("a", 0), inbound("b", 1), setter("c", 8)];
  const drafts = [draft("d1", "a")];
  const saved = (min: number | null, max: number | null) => [
    { inboundMessageId: "b", aiDelayMinSeconds: min, aiDelayMaxSeconds: max },
  ];

  it("are the campaign's when there is an answer for the first time, and choose by the trigger's id", () => {
    const event = eventOf(answered, { drafts, campaignBounds: { minSeconds: 60, maxSeconds: 90 } });
    expect(event).toMatchObject({ aiDelayMinSeconds: 60, aiDelayMaxSeconds: 90 });
    expect(event.aiChosenDelaySeconds).toBe(computeChosenDelaySeconds("a", 60, 90));
    expect(event.aiChosenDelaySeconds).not.toBe(computeChosenDelaySeconds("b", 60, 90));
  });

  it("stay what they were saved as, whatever the campaign says by then", () => {
    for (const campaignBounds of [{ minSeconds: 60, maxSeconds: 90 }, null]) {
      const event = eventOf(answered, { drafts, campaignBounds, snapshots: saved(10, 20) });
      expect(event).toMatchObject({ aiDelayMinSeconds: 10, aiDelayMaxSeconds: 20 });
      expect(event.aiChosenDelaySeconds).toBe(computeChosenDelaySeconds("a", 10, 20));
    }
  });

  it("are unknown without a campaign, and filled once there is one", () => {
    const unknown = { aiResponseMessageId: "c", aiDelayMinSeconds: null, aiDelayMaxSeconds: null };
    const event = eventOf(answered, { drafts, campaignBounds: null });
    expect(event).toMatchObject({ ...unknown, aiChosenDelaySeconds: null });
    const filled = eventOf(answered, { drafts, snapshots: saved(null, null) });
    expect(filled).toMatchObject({ aiDelayMinSeconds: 180, aiDelayMaxSeconds: 420 });
  });

  it("are kept when the answer disappears, and choose nothing then", () => {
    const event = eventOf(unanswered, { drafts, snapshots: saved(10, 20) });
    expect(event).toMatchObject({ ...NO_RESPONSE, aiDelayMinSeconds: 10, aiDelayMaxSeconds: 20 });
  });

  it("are not looked for before there is an answer", () => {
    expect(eventOf(unanswered, { drafts })).toMatchObject(NO_RESPONSE);
    expect(eventOf(unanswered, { drafts, snapshots: saved(null, null) })).toMatchObject(NO_RESPONSE);
  });

  it("are those that the anchor itself has saved", () => {
    const snapshots = [{ inboundMessageId: "a", aiDelayMinSeconds: 10, aiDelayMaxSeconds: 20 }];
    expect(eventOf(answered, { drafts, snapshots })).toMatchObject({ aiDelayMinSeconds: 180, aiDelayMaxSeconds: 420 });
  });
});
