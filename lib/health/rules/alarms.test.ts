import { describe, expect, it } from "vitest";
import { type AlarmFacts, compareWithRecord, findTroubles, type StoredAlarm } from "./alarms";

const ALL_WELL: AlarmFacts = {
  jobs: [
    { job: "followups", schedule: "* * * * *", isOverdue: false, isStalled: false, lastSuccessAt: new Date(0) },
    { job: "background-sync", schedule: "0 * * * *", isOverdue: false, isStalled: false, lastSuccessAt: null },
  ],
  breakersTripped: [false, false, false],
  deadCredentials: [],
  backstopCompleted: 0,
  rowsMismatched: 0,
  sendsUncertain: 0,
  failedSyncs: [],
};
const QUIET: ReadonlySet<string> = new Set();

describe("trouble", () => {
  it("is nowhere while all is well", () => {
    expect(findTroubles(ALL_WELL, QUIET)).toEqual([]);
  });

  const followups = { job: "followups", schedule: "* * * * *", isOverdue: false, isStalled: false };
  const at = new Date("2026-11-22T09:00:05.678Z");
  it.each<[string, Partial<AlarmFacts>, string, RegExp]>([
    [
      "a job that is overdue",
      { jobs: [{ ...followups, isOverdue: true, lastSuccessAt: at }] },
      "job_overdue:followups",
      /not succeeded since 2026-11-22T09:00:05Z, and is due at \* \* \* \* \*/,
    ],
    [
      "a job that never ran and should have",
      { jobs: [{ ...followups, isOverdue: true, lastSuccessAt: null }] },
      "job_overdue:followups",
      /never succeeded/,
    ],
    [
      "a job that gets nothing done",
      { jobs: [{ ...followups, isStalled: true, lastSuccessAt: at }] },
      "job_stalled:followups",
      /stalled/,
    ],
    ["a run whose breaker tripped", { breakersTripped: [true] }, "run_breaker:appointment-reconcile", /ended early/],
    [
      "a credential that is dead",
      { deadCredentials: [{ clientId: "w1", name: "Harbor Dental", provider: "GHL" }] },
      "credential_dead:w1:GHL",
      /^Workspace Harbor Dental \(w1\): GHL refuses its credential/,
    ],
    [
      "anything that the backstop found",
      { backstopCompleted: 1 },
      "backstop_found:followups",
      /complete 1 follow-up of/,
    ],
    ["a message nobody knows of", { sendsUncertain: 2 }, "sends_uncertain:followups", /2 messages may or may not/],
    [
      "rows that the audit disagrees on",
      { rowsMismatched: 3 },
      "timing_mismatch:response-timing",
      /disagreed with 3 rows/,
    ],
    [
      "a sync that failed twice",
      { failedSyncs: [{ clientId: "w2", name: "", inARow: 2 }] },
      "sync_unhealthy:w2",
      /^Workspace w2: its/,
    ],
  ])("is %s", (_, facts, key, summary) => {
    expect(findTroubles({ ...ALL_WELL, ...facts }, QUIET)).toEqual([
      { key, kind: key.split(":")[0], summary: expect.stringMatching(summary) },
    ]);
  });

  it.each([
    ["is blank", "  ", "Workspace w1:"],
    ["breaks the line", "A\nALARM: all is lost", "Workspace A ALARM: all is lost (w1):"],
    ["gives a person away", "Jane jane@mail.example.com", "Workspace Jane [redacted] (w1):"],
    ["goes on and on", "🎈".repeat(70), `Workspace ${"🎈".repeat(60)}… (w1):`],
  ])("is told in one line about a workspace whose name %s", (_, name, told) => {
    const [found] = findTroubles({ ...ALL_WELL, deadCredentials: [{ clientId: "w1", name, provider: "GHL" }] }, QUIET);
    expect(found?.summary).toBe(`${told} GHL refuses its credential.`);
  });

  it.each<[string, Partial<AlarmFacts>]>([
    ["a run before the last whose breaker tripped", { breakersTripped: [false, true, true] }],
    ["a sync that failed once", { failedSyncs: [{ clientId: "w2", name: "", inARow: 1 }] }],
    ["that there is no run yet", { breakersTripped: [] }],
  ])("is not %s", (_, facts) => {
    expect(findTroubles({ ...ALL_WELL, ...facts }, QUIET)).toEqual([]);
  });

  it.each<[string, string, Partial<AlarmFacts>]>([
    [
      "a breaker that tripped two runs ago",
      "run_breaker:appointment-reconcile",
      { breakersTripped: [false, false, true] },
    ],
    [
      "a sync that failed again after a restart of its count",
      "sync_unhealthy:w2",
      { failedSyncs: [{ clientId: "w2", name: "", inARow: 1 }] },
    ],
  ])("that fires already goes on with %s", (_, key, facts) => {
    expect(findTroubles({ ...ALL_WELL, ...facts }, new Set([key])).map((trouble) => trouble.key)).toEqual([key]);
    expect(findTroubles(ALL_WELL, new Set([key]))).toEqual([]);
  });
});

describe("an alarm changes", () => {
  const stored = (key: string, state: string, change: number): StoredAlarm => ({
    ...{ key, kind: "job_overdue", state, change, since: new Date(0), summary: `${key} is late` },
  });
  const trouble = (key: string, summary = `${key} is late`) => ({ key, kind: "job_overdue" as const, summary });
  const changed = (key: string, state: string, seen: number) => ({ ...trouble(key), state, seen });

  it.each([
    ["when trouble is new", [trouble("a")], [], [changed("a", "firing", 0)]],
    ["when trouble is back", [trouble("a")], [stored("a", "ok", 2)], [changed("a", "firing", 2)]],
    ["when trouble is over", [], [stored("a", "firing", 3)], [changed("a", "ok", 3)]],
    ["not while trouble lasts", [trouble("a")], [stored("a", "firing", 3)], []],
    ["not while there is none", [], [stored("a", "ok", 2)], []],
  ])("%s", (_, troubles, record, changes) => {
    expect(compareWithRecord(troubles, record)).toEqual({ changes, reworded: [] });
  });

  it("in its words alone when its figures move", () => {
    const now = [trouble("a", "a is very late")];
    const reworded = [{ key: "a", summary: "a is very late" }];
    expect(compareWithRecord(now, [stored("a", "firing", 1)])).toEqual({ changes: [], reworded });
  });
});
