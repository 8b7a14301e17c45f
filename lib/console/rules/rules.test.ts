import { describe, expect, it } from "vitest";
import { placeOfAlarm } from "./alarm-place";
import { paceOf } from "./backfill-pace";
import { decodeKey, decodeTimeKey, encodeKey, toPage } from "./keyset";
import { readRunFigures } from "./run-result";
import { describeMs, toWords } from "./words";
import { zoneOr } from "./zone";

describe("a page", () => {
  const rows = ["a", "b", "c"].map((id) => ({ id }));

  it("goes on where it ended, and nowhere when it was the last", () => {
    const page = toPage(rows, ({ id }) => [id], 2);
    expect(page.rows).toEqual([{ id: "a" }, { id: "b" }]);
    expect(decodeKey(page.next ?? "", 1)).toEqual(["b"]);
    expect(toPage(rows, ({ id }) => [id], 3).next).toBe(null);
    expect(toPage([], () => [], 3)).toEqual({ rows: [], next: null });
  });

  it.each([
    ["nothing", undefined],
    ["no key", "nonsense"],
    ["a key of another list", encodeKey(["a", "b", "c"])],
    ["numbers", Buffer.from("[1,2]").toString("base64url")],
    ["something endless", "x".repeat(2_000)],
  ])("begins at the beginning when the address says %s", (_, text) => {
    expect(decodeKey(text, 2)).toBe(null);
    expect(decodeTimeKey(text)).toBe(null);
  });

  it("reads a time only where there is one", () => {
    expect(decodeTimeKey(encodeKey(["2030-03-01T00:00:00.000Z", "x"]))).toEqual({
      at: new Date("2030-03-01"),
      id: "x",
    });
    expect(decodeTimeKey(encodeKey(["yesterday", "x"]))).toBe(null);
  });
});

describe("the result of a run", () => {
  it("is told figure by figure, groups under both names", () => {
    const { figures } = readRunFigures({
      leadsChecked: 3,
      health: "healthy",
      byProvider: { ghl: { booked: 1 } },
      lagSeconds: null,
    });
    expect(figures).toEqual([
      ["leadsChecked", "3"],
      ["health", "healthy"],
      ["byProvider.ghl.booked", "1"],
      ["lagSeconds", "–"],
    ]);
  });

  it("names the leads of its errors by kind", () => {
    const { failures } = readRunFigures({ errorsByKind: { auth: 2, transient: 1 }, failedLeads: { auth: ["x", "y"] } });
    expect(failures).toEqual([
      { kind: "auth", count: 2, leadIds: ["x", "y"] },
      { kind: "transient", count: 1, leadIds: [] },
    ]);
  });

  it("names the steps that failed, where errors are a list", () => {
    const { stepErrors } = readRunFigures({ errors: [{ step: "backstop", message: "no" }] });
    expect(stepErrors).toEqual([{ step: "backstop", message: "no" }]);
  });

  it.each([null, undefined, 3, "x", [], { errorsByKind: 5, console: { clientId: 1 }, errors: 7 }])(
    "may be anything without a page failing over it: %j",
    (result) => {
      expect(readRunFigures(result)).toMatchObject({ failures: [], stepErrors: [], scope: null });
    },
  );
});

describe("a backfill's pace", () => {
  const books = {
    ...{ counts: { unchanged: 90, tasksCreated: 7 }, outcomes: { booked: 8, failed: 2 } },
    ...{ startedAt: new Date(0), movedAt: new Date(50_000), remaining: 400 },
  };

  it("counts leads, and no tasks among them", () => {
    expect(paceOf(books)).toEqual({ dealtWith: 100, failed: 2, perSecond: 2, remainingMs: 200_000 });
  });

  it("promises nothing before anything was done", () => {
    const begun = { ...books, counts: {}, outcomes: {} };
    expect(paceOf(begun)).toEqual({ dealtWith: 0, failed: 0, perSecond: null, remainingMs: null });
    expect(paceOf({ ...books, remaining: null }).remainingMs).toBe(null);
  });
});

describe("words", () => {
  it.each([
    ["bookedFound", "booked found"],
    ["no_show", "no show"],
    ["byProvider.ghl.booked", "by provider ghl booked"],
  ])("%s is read as %s", (name, words) => expect(toWords(name)).toBe(words));

  it.each([
    [850, "850 ms"],
    [4_250, "4.3 s"],
    [59_900, "60 s"],
    [90_000, "1.5 min"],
    [5_400_000, "1.5 h"],
    [400_000_000, "4.6 d"],
  ])("%i ms is %s", (ms, words) => expect(describeMs(ms)).toBe(words));
});

describe("a zone", () => {
  it("is UTC where there is none of that name", () => {
    expect(zoneOr("Europe/Vienna")).toBe("Europe/Vienna");
    expect(zoneOr("Mars/Olympus")).toBe("UTC");
    expect(zoneOr("")).toBe("UTC");
  });
});

describe("an alarm", () => {
  it.each([
    ["job_overdue", "followups", "/runs?job=followups"],
    ["job_stalled", "response-timing", "/runs?job=response-timing"],
    ["run_breaker", "appointment-reconcile", "/runs?job=appointment-reconcile"],
    ["backstop_found", "followups", "/runs?job=followups"],
    ["timing_mismatch", "response-timing", "/runs?job=response-timing"],
    ["sends_uncertain", "followups", "/follow-ups?show=send_uncertain"],
    ["sync_unhealthy", "w1", "/workspaces/w1"],
    ["credential_dead", "a:b c:GHL", "/workspaces/a%3Ab%20c"],
    ["of_another_version", "w1", null],
  ])("of the kind %s about %s is shown at %s", (kind, subject, path) => {
    expect(placeOfAlarm({ kind, key: `${kind}:${subject}` })?.path ?? null).toBe(path);
  });
});
