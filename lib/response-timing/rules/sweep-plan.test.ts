import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginSweep, boundsOfSlice, finishSlice, planSweep, SLICES_MAX, type SweepState } from "./sweep-plan";

const ENDS = ["d", "h", "p"];
const DONE: SweepState = {
  ...beginSweep({ triggers: "on", lookbackDays: 90 }, { sliceEnds: ENDS, slice: 0 }),
  slicesLeft: 0,
};
const UNDER_WAY: SweepState = { ...DONE, slice: 2, sliceCursor: "j", slicesLeft: 2 };
const NOW = { triggers: "on", lookbackDays: 90, own: DONE, general: null };

describe("a run", () => {
  it.each([
    ["the last sweep is done", NOW],
    ["it looks less far back than that", { ...NOW, lookbackDays: 30 }],
    ["nothing was ever left out", { ...NOW, lookbackDays: 3650, own: { ...DONE, lookbackDays: null } }],
    ["all workspaces were swept, and it is about one", { ...NOW, own: null, general: DONE }],
  ])("has nothing to look for where %s, and triggers stand as then", (_, situation) => {
    expect(planSweep(situation)).toEqual({ kind: "nothing_unseen" });
  });

  it.each([
    ["there was no sweep yet", { ...NOW, own: null }, "on", 90],
    ["triggers stand otherwise than at the last one", { ...NOW, triggers: "on again" }, "on again", 90],
    ["triggers are off", { ...NOW, triggers: null }, "", 90],
    ["triggers are off and the round is over", { ...NOW, triggers: null, own: { ...DONE, triggers: "" } }, "", 90],
    ["it looks further back", { ...NOW, lookbackDays: 91 }, "on", 91],
    ["it is about a workspace, and the sweep of all is not done", { ...NOW, own: null, general: UNDER_WAY }, "on", 90],
    [
      "it is about a workspace, and the sweep of all was another",
      { ...NOW, own: null, general: { ...DONE, triggers: "" } },
      "on",
      90,
    ],
  ])("begins a sweep where %s", (_, situation, triggers, lookbackDays) => {
    expect(planSweep(situation)).toEqual({ kind: "begin", triggers, lookbackDays, after: null });
  });

  it("begins with the leads whose turn it is", () => {
    const after = { ...DONE, slice: 2 };
    expect(planSweep({ ...NOW, triggers: "on again", own: after })).toMatchObject({ kind: "begin", after: "h" });
  });

  it("goes on with a sweep that is under way", () => {
    expect(planSweep({ ...NOW, own: UNDER_WAY })).toEqual({ kind: "sweep", state: UNDER_WAY });
  });

  it.each([
    ["triggers stand otherwise", { ...NOW, triggers: "on again", own: UNDER_WAY }, { triggers: "on again" }],
    ["triggers went off", { ...NOW, triggers: null, own: UNDER_WAY }, { triggers: "" }],
    ["it looks further back", { ...NOW, lookbackDays: 365, own: UNDER_WAY }, { lookbackDays: 365 }],
    ["it looks less far back", { ...NOW, lookbackDays: 30, own: UNDER_WAY }, { lookbackDays: 30 }],
  ])("counts all slices again, in their turn, where in the middle of one %s", (_, situation, changed) => {
    const state = { ...UNDER_WAY, slicesLeft: 4, sliceCursor: null, ...changed };
    expect(planSweep(situation)).toEqual({ kind: "sweep", state });
  });
});

describe("slices", () => {
  it("cover every lead once, those included that come later", () => {
    let state: SweepState = { ...DONE, slicesLeft: 4 };
    const bounds = ENDS.concat("last").map(() => {
      const { after, upTo } = boundsOfSlice(state);
      state = finishSlice(state);
      return [after, upTo];
    });
    expect(bounds).toEqual([
      [null, "d"],
      ["d", "h"],
      ["h", "p"],
      ["p", null],
    ]);
    expect(state).toEqual(DONE);
  });

  it("begin where they were left", () => {
    expect(boundsOfSlice(UNDER_WAY)).toEqual({ after: "j", upTo: "p" });
  });
});

describe("what triggers missed", () => {
  /** Each run finds the triggers as they were left, changed since, or off; a change may come in the middle of it. */
  const EVENT = fc.record({
    off: fc.boolean(),
    changedBefore: fc.boolean(),
    changedMeanwhile: fc.boolean(),
    lookbackDays: fc.constant(90),
  });

  it("is found within as many runs as there are slices, whatever the triggers do before and after", () => {
    fc.assert(
      fc.property(fc.array(EVENT, { maxLength: 60 }), fc.nat({ max: SLICES_MAX - 1 }), (events, inner) => {
        const ends = Array.from({ length: inner }, (_, index) => `end ${index}`);
        let own: SweepState | null = null;
        let standing = 0;
        /** For each slice, how many runs ago something may have been written there unseen; null where all was found. */
        let unseen: (number | null)[] = [...ends, "last"].map(() => 0);
        for (const { off, changedBefore, changedMeanwhile } of events) {
          if (changedBefore) standing++;
          if (changedBefore || off) unseen = unseen.map((runs) => runs ?? 0);
          const triggers = off ? null : `standing ${standing}`;
          const plan = planSweep({ triggers, lookbackDays: 90, own, general: null });
          if (plan.kind !== "nothing_unseen") {
            const state: SweepState =
              plan.kind === "sweep"
                ? plan.state
                : beginSweep(plan, { sliceEnds: ends, slice: plan.after === null ? 0 : ends.indexOf(plan.after) + 1 });
            unseen[state.slice] = null;
            own = finishSlice(state);
          }
          unseen = unseen.map((runs) => (runs === null ? null : runs + 1));
          for (const runs of unseen) expect(runs ?? 0).toBeLessThan(unseen.length);
          if (changedMeanwhile) {
            standing++;
            unseen = unseen.map((runs) => runs ?? 0);
          }
        }
      }),
    );
  });
});
