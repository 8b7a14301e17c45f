import { describe, expect, it } from "vitest";
import { PEOPLE_OWNED_STATUSES } from "@/lib/core/lead-status";
import { isBooked, isOptedOut, isUntilLater } from "./stops";

const EARLIER = new Date("2026-11-10");
const STARTED = new Date("2026-11-15");
const LATER = new Date("2026-11-20");
const NO_MEETING = { appointmentStartAt: null, appointmentEndAt: null };

describe("a lead is booked", () => {
  const instance = { triggerOn: "no_response", startedAt: STARTED };
  const ahead = { status: "meeting-booked", appointmentStartAt: LATER, appointmentEndAt: LATER };

  it.each<[string, Parameters<typeof isBooked>[0], Partial<typeof instance> | { triggerOn: null }, boolean]>([
    ["with a meeting after the start", ahead, {}, true],
    ["for a sequence of no trigger", ahead, { triggerOn: null }, true],
    ["not for a sequence that follows the booking", ahead, { triggerOn: "meeting_selected" }, false],
    ["not with another status", { ...ahead, status: "qualified" }, {}, false],
    ["with a meeting of which nothing is known", { ...ahead, ...NO_MEETING }, {}, true],
    ["not when the meeting was over at the start", { ...ahead, appointmentEndAt: EARLIER }, {}, false],
    ["not when it ended at the very start", { ...ahead, appointmentEndAt: STARTED }, {}, false],
    ["by the end, whenever it started", { ...ahead, appointmentStartAt: EARLIER }, {}, true],
    ["by the start, where no end is known", { ...ahead, appointmentEndAt: null }, {}, true],
    ["not by a start that was past", { ...NO_MEETING, status: ahead.status, appointmentStartAt: EARLIER }, {}, false],
  ])("%s", (_, lead, fields, booked) => {
    expect(isBooked(lead, { ...instance, ...fields })).toBe(booked);
  });
});

describe("a lead has opted out", () => {
  it.each(PEOPLE_OWNED_STATUSES)("as %s", (status) => {
    expect(isOptedOut({ autoFollowUpEnabled: true, status })).toBe(true);
  });

  it("with follow-ups off, and not otherwise", () => {
    expect(isOptedOut({ autoFollowUpEnabled: false, status: "new" })).toBe(true);
    expect(isOptedOut({ autoFollowUpEnabled: true, status: "meeting-booked" })).toBe(false);
  });
});

it("a snooze or a pause is over at its very end", () => {
  const now = new Date("2026-11-20T10:00:00.000Z");
  expect(isUntilLater(null, now)).toBe(false);
  expect(isUntilLater(now, now)).toBe(false);
  expect(isUntilLater(new Date(now.getTime() - 1), now)).toBe(false);
  expect(isUntilLater(new Date(now.getTime() + 1), now)).toBe(true);
  expect(isUntilLater(new Date(Number.NaN), now)).toBe(true);
});
