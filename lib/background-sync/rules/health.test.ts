import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import { clocksOf, judgeSync, type RunFacts, type SyncState, type SyncTrouble } from "./health";

const FIRST = new Date("2030-03-12T00:00:00Z");
const atHour = (hours: number) => new Date(FIRST.getTime() + hours * HOUR_MS);

/** A run an hour, one letter each: `.` clean, `m` messages were missing, `b` Kapso lists nothing, `f` failed. */
function runsOf(letters: string): RunFacts[] {
  return [...letters].map((letter, index) => ({
    runAt: atHour(index),
    failed: letter === "f",
    missed: letter === "m" ? 2 : 0,
    listed: letter === "b" ? 0 : 5,
    lastMessageAt: letter === "b" ? atHour(index - 0.5) : null,
  }));
}

const judgeAfter = (letters: string) => judgeSync(runsOf(letters), atHour(letters.length - 1));
const stateAfter = (letters: string) => judgeAfter(letters).state;

describe("the state of a workspace's sync", () => {
  it.each<[string, SyncState]>([
    ["", "never_run"],
    [".", "healthy"],
    ["f", "healthy"],
    ["....", "healthy"],
    ["..f.", "healthy"],
    ["..m.", "healthy"],
    ["..b.", "healthy"],
    [".f.f.f.f", "healthy"],
    [".m.m.m.m", "healthy"],
    ["..ff", "degraded"],
    ["..mm", "degraded"],
    ["..bb", "degraded"],
    ["..mb", "degraded"],
    ["..mm.", "degraded"],
    ["..mm.m.", "degraded"],
    ["..mm..", "healthy"],
    ["..ff.", "degraded"],
    ["..ff..", "healthy"],
    ["..fff", "unhealthy"],
    ["..fff.", "unhealthy"],
    ["..fff.f.", "unhealthy"],
    ["..fff.ff", "unhealthy"],
    ["..fff..", "healthy"],
    ["..fffmm", "degraded"],
  ])("after the runs '%s' is %s", (letters, state) => {
    expect(stateAfter(letters)).toBe(state);
  });

  it("is unhealthy when no run came to its end for three hours and a minute, whatever was before", () => {
    const runs = runsOf("....");
    const last = atHour(3).getTime();
    expect(judgeSync(runs, new Date(last + 3 * HOUR_MS + MINUTE_MS)).state).toBe("healthy");
    expect(judgeSync(runs, new Date(last + 3 * HOUR_MS + MINUTE_MS + 1)).state).toBe("unhealthy");
    expect(judgeSync(runsOf("f"), atHour(3.5)).state).toBe("unhealthy");
  });

  it.each<[string, SyncTrouble | null]>([
    ["", null],
    ["..f.", null],
    ["..ff", "runs_failed"],
    ["..fff", "runs_failed"],
    ["..mm", "messages_missed"],
    ["..bb", "nothing_listed"],
    // The later of two is what somebody would look into now.
    ["..bm", "messages_missed"],
    ["..mm.", "messages_missed"],
    ["..mmff", "runs_failed"],
    ["..fffmm", "messages_missed"],
    ["..mm..", null],
  ])("after the runs '%s' is so because of %s", (letters, because) => {
    expect(judgeAfter(letters).because).toBe(because);
  });

  it("names the time without a success before whatever else is wrong", () => {
    expect(judgeSync(runsOf("..mm"), atHour(7)).because).toBe("no_success");
  });

  it("never changes on the word of one run", () => {
    const letters = fc.string({ unit: fc.constantFrom(".", "m", "b", "f"), minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(letters, (history) => {
        const [before, now] = [stateAfter(history.slice(0, -1)), stateAfter(history)];
        if (history.length === 1 || before === now) return;
        const [last = "", previous = ""] = [history.at(-1), history.at(-2)];
        const kindOf = (letter: string) => (letter === "b" ? "m" : letter);
        expect(kindOf(last), `${history}: ${before} → ${now}`).toBe(kindOf(previous));
      }),
    );
  });
});

it("each clock stands where something last happened of its own kind", () => {
  expect(clocksOf(runsOf("m.bf"))).toEqual({ polledAt: atHour(2), messageAt: atHour(1.5), changedAt: atHour(0) });
  expect(clocksOf([])).toEqual({ polledAt: null, messageAt: null, changedAt: null });
});
