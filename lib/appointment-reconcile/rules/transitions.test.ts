import { describe, expect, it } from "vitest";
import { NO_ROLL_UP } from "./primary";
import { leadWith, type Stored, stored, UNKNOWN } from "./records.fixture";
import { outcomeOf } from "./stories.fixture";

/** A title; what was on record; what was seen; the transitions; the primary afterwards. */
type Story = [title: string, was: string | Stored, seen: string, transitions: string[], primary: string];

const namedOnly: Stored = { ...UNKNOWN, rollUp: { ...NO_ROLL_UP, ghlAppointmentId: "g1" } };

describe("booked is", () => {
  it.each<Story>([
    ["a first meeting ahead", "", "g1 confirmed 24", ["booked g1"], "g1 confirmed"],
    ["one that goes on right now", "", "g1 confirmed -0.25", ["booked g1"], "g1 confirmed"],
    ["one without a time", "", "g1 confirmed ?", ["booked g1"], "g1 confirmed"],
    ["one beside an incomplete listing", "", "incomplete: g1 confirmed 24", ["booked g1"], "g1 confirmed"],
    [
      "a re-booking under a new id, after a cancellation that was known",
      "g1 canceled 24",
      "g1 canceled 24, g2 confirmed 48",
      ["booked g2"],
      "g2 confirmed",
    ],
    ["the same id confirmed again", "g1 canceled 24", "g1 confirmed 24", ["booked g1"], "g1 confirmed"],
    ["one after one attended", "g1 showed -2", "g1 showed -2, g2 confirmed 48", ["booked g2"], "g2 confirmed"],
    ["one after a no-show", "g1 no_show -2", "g1 no_show -2, g2 confirmed 48", ["booked g2"], "g2 confirmed"],
    ["one after one that ended", "g1 confirmed -2", "g1 confirmed -2, g2 confirmed 48", ["booked g2"], "g2 confirmed"],
    [
      "a known second meeting once the first has ended",
      "g1 confirmed -2, g2 confirmed 48",
      "g1 confirmed -2, g2 confirmed 48",
      ["booked g2"],
      "g2 confirmed",
    ],
    ["an ended one moved ahead, no reschedule", "g1 confirmed -2", "g1 confirmed 48", ["booked g1"], "g1 confirmed"],
    [
      "an ended one that the provider links to one ahead",
      "g1 confirmed -2",
      "g1 moved>g2 -2, g2 confirmed 48",
      ["booked g2"],
      "g2 confirmed",
    ],
    [
      "another one before the one that was known",
      "g1 confirmed 48",
      "g1 confirmed 48, g2 confirmed 24",
      ["booked g2"],
      "g2 confirmed",
    ],
    ["a stored id of which nothing was known", namedOnly, "g1 confirmed 24", ["booked g1"], "g1 confirmed"],
  ])("%s", (_, was, seen, transitions, primary) => {
    expect(outcomeOf(was, seen)).toEqual(["booked", transitions, primary]);
  });
});

describe("canceled is", () => {
  const none = ["canceled g1, none remains"];
  it.each<Story>([
    ["the only meeting", "g1 confirmed 24", "g1 canceled 24", none, "g1 canceled"],
    ["one that goes on right now", "g1 confirmed -0.25", "g1 canceled -0.25", none, "g1 canceled"],
    ["one that a complete listing lacks", "g1 confirmed 24", "", none, "g1 canceled"],
    ["one seen cancelled beside a lost row", "g1 confirmed 24", "incomplete: g1 canceled 24", none, "g1 canceled"],
    [
      "one that only the roll-up told of",
      { appointments: [], rollUp: leadWith(stored("g1")).rollUp },
      "g1 canceled 24",
      none,
      "g1 canceled",
    ],
    [
      "the primary where another known one remains, which is no booking",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 canceled 24, g2 confirmed 48",
      ["canceled g1, another remains"],
      "g2 confirmed",
    ],
    [
      "a second meeting where the primary remains",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 confirmed 24, g2 canceled 48",
      ["canceled g2, another remains"],
      "g1 confirmed",
    ],
    [
      "each of two",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 canceled 24, g2 canceled 48",
      ["canceled g1, none remains", "canceled g2, none remains"],
      "g2 canceled",
    ],
    ["one whose successor is nowhere", "g1 confirmed 24", "g1 moved>g9 24", none, "g1 rescheduled"],
    ["one whose successor is off too", "g1 confirmed 24", "g1 moved>g2 24, g2 canceled 48", none, "g2 canceled"],
    ["one beside one first seen ended", "g1 confirmed 24", "g1 canceled 24, g2 confirmed -2", none, "g2 confirmed"],
  ])("%s", (_, was, seen, transitions, primary) => {
    expect(outcomeOf(was, seen)).toEqual(["canceled", transitions, primary]);
  });
});

describe("rescheduled is", () => {
  const toNew = ["rescheduled g1 to g2"];
  it.each<Story>([
    ["the same id later", "g1 confirmed 24", "g1 confirmed 30", ["rescheduled g1 to g1"], "g1 confirmed"],
    ["the same id sooner", "g1 confirmed 24", "g1 confirmed 2", ["rescheduled g1 to g1"], "g1 confirmed"],
    ["one cancelled and one new", "g1 confirmed 24", "g1 canceled 24, g2 confirmed 48", toNew, "g2 confirmed"],
    ["one gone from a complete listing with a new one", "g1 confirmed 24", "g2 confirmed 48", toNew, "g2 confirmed"],
    ["one linked to a new one", "g1 confirmed 24", "g1 moved>g2 24, g2 confirmed 48", toNew, "g2 confirmed"],
    [
      "one linked to a known one",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 moved>g2 24, g2 confirmed 48",
      toNew,
      "g2 confirmed",
    ],
    [
      "one moved twice between two looks",
      "g1 confirmed 24",
      "g1 moved>g2 24, g2 moved>g3 30, g3 confirmed 48",
      ["rescheduled g1 to g3"],
      "g3 confirmed",
    ],
    [
      "one moved twice to one that is known",
      "g1 confirmed 24, g3 confirmed 48",
      "g1 moved>g2 24, g2 moved>g3 30, g3 confirmed 48",
      ["rescheduled g1 to g3"],
      "g3 confirmed",
    ],
    [
      "the primary moved past a known one, which is no booking",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 confirmed 72, g2 confirmed 48",
      ["rescheduled g1 to g1"],
      "g2 confirmed",
    ],
    [
      "a second meeting, behind the primary",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 confirmed 24, g2 confirmed 72",
      ["rescheduled g2 to g2"],
      "g1 confirmed",
    ],
    [
      "a second meeting that becomes the first",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 confirmed 24, g2 confirmed 12",
      ["rescheduled g2 to g2"],
      "g2 confirmed",
    ],
    [
      "two that were moved into one, once",
      "g1 confirmed 24, g2 confirmed 48",
      "g1 moved>g3 24, g2 moved>g3 48, g3 confirmed 60",
      ["rescheduled g1 to g3"],
      "g3 confirmed",
    ],
    [
      "the nearer of two where one new meeting replaces one of them",
      "g1 confirmed 24, g2 confirmed 48",
      "g2 canceled 48, g1 canceled 24, g3 confirmed 60",
      ["canceled g2, another remains", "rescheduled g1 to g3"],
      "g3 confirmed",
    ],
  ])("%s", (_, was, seen, transitions, primary) => {
    expect(outcomeOf(was, seen)).toEqual(["rescheduled", transitions, primary]);
  });
});

describe("booked, and something else besides, is", () => {
  it.each<Story>([
    [
      "a known second meeting that was moved, once the first has ended",
      "g1 confirmed -2, g2 confirmed 48",
      "g1 confirmed -2, g2 confirmed 72",
      ["booked g2", "rescheduled g2 to g2"],
      "g2 confirmed",
    ],
    [
      "a known second meeting that was replaced, once the first has ended",
      "g1 confirmed -2, g2 confirmed 48",
      "g1 confirmed -2, g2 canceled 48, g3 confirmed 72",
      ["booked g3", "rescheduled g2 to g3"],
      "g3 confirmed",
    ],
    [
      "a new meeting that is nearer than the one to which the provider links the old",
      "g1 confirmed 24",
      "g1 moved>g3 24, g2 confirmed 30, g3 confirmed 48",
      ["booked g2", "rescheduled g1 to g3"],
      "g2 confirmed",
    ],
    [
      "a meeting confirmed again while the other is cancelled",
      "g1 confirmed 24, g2 canceled 48",
      "g1 canceled 24, g2 confirmed 48",
      ["booked g2", "canceled g1, another remains"],
      "g2 confirmed",
    ],
  ])("%s", (_, was, seen, transitions, primary) => {
    expect(outcomeOf(was, seen)).toEqual(["booked", transitions, primary]);
  });
});
