import { describe, expect, it } from "vitest";
import { isStalled, type SuccessfulRun } from "./progress";

const LIMITS = { lagSecondsMax: 900 };

/** Runs from the oldest to the newest, as one tells it; `!` got nothing done, `…` left work. */
function tell(story: string): SuccessfulRun[] {
  const runs = story.split(" ").map((word) => ({
    exhausted: !word.includes("…"),
    progressed: !word.includes("!"),
    lagSeconds: /\d/.test(word) ? Number(word.replaceAll(/[!…]/g, "")) : null,
  }));
  return runs.toReversed();
}

describe("a job that went well stalls", () => {
  it.each([
    ["when five runs in a row leave work and do none", "…! …! …! …! …!", true],
    ["not after four of them", "…! …! …! …!", false],
    ["not while one of five did something", "…! …! … …! …!", false],
    ["not while one of five left nothing", "…! …! ! …! …!", false],
    ["not because nothing was to be done", "! ! ! ! !", false],
    ["not because much is to be done, and is being done", "… … … … … … …", false],
    ["when the oldest wait grows over five runs, past the limit", "700…! 760… 820… 880… 940…", true],
    ["also when each of those runs did what it could", "940 1000 1060 1120 1180", true],
    ["not while the wait is within the limit", "660 720 780 840 900", false],
    ["not when it fell in between", "940… 1000… 990… 1060… 1120…", false],
    ["not when it stands still", "940 940 940 940 940", false],
    ["not when one was not measured", "940 1000 … 1060 1120", false],
    ["not after four of them", "940 1000 1060 1120", false],
    ["not because of what was before the last five", "…! …! …! …! …! …", false],
  ])("%s: %s", (_, story, stalled) => {
    expect(isStalled(tell(story), { stalled: false }, LIMITS)).toBe(stalled);
  });
});

describe("a job that has stalled recovers", () => {
  it.each([
    ["with the first run that gets something done", "…! …! …! …! …", true],
    ["with the first run that leaves nothing", "…! …! …! …! !", true],
    ["not while a run more does nothing", "… … … … …!", false],
    ["when the wait is half of the limit", "1180 1240 1100 800 450", true],
    ["not when it is just below the limit", "1180 1240 1100 950 890", false],
    ["when the wait falls over five runs, however long it is still", "9000… 8900… 8800… 8700… 8600…", true],
    ["not while it falls and rises", "9000… 8900… 9100… 8700… 8600…", false],
    ["not when there is no run to tell", "", false],
  ])("%s: %s", (_, story, recovered) => {
    const runs = story === "" ? [] : tell(story);
    expect(isStalled(runs, { stalled: true }, LIMITS)).toBe(!recovered);
  });
});
