import { describe, expect, it } from "vitest";
import type { AppointmentStatus } from "../source";
import { appointmentKey, hasEnded, isCanceled, isLive, lastSegment, sameInstant } from "./appointment";
import { at, NOW } from "./records.fixture";

describe("an appointment has ended", () => {
  it.each([
    ["when its end is past", { startAt: at(-2), endAt: at(-1) }, true],
    ["at the very instant of its end", { startAt: at(-1), endAt: at(0) }, true],
    ["not while it goes on", { startAt: at(-1), endAt: at(1) }, false],
    ["not before it starts", { startAt: at(1), endAt: at(2) }, false],
    ["when its start is past and its end unknown", { startAt: at(-1), endAt: null }, true],
    ["not before its start where its end is unknown", { startAt: at(1), endAt: null }, false],
    ["by its end, also where its start is unknown", { startAt: null, endAt: at(-1) }, true],
    ["never, as far as anybody knows, without either", { startAt: null, endAt: null }, false],
  ])("%s", (_, times, ended) => {
    expect(hasEnded(times, NOW)).toBe(ended);
  });
});

describe("a status", () => {
  it.each<[AppointmentStatus | null, { canceled: boolean; live: boolean }]>([
    ["confirmed", { canceled: false, live: true }],
    ["canceled", { canceled: true, live: false }],
    ["rescheduled", { canceled: true, live: false }],
    ["showed", { canceled: false, live: false }],
    ["no_show", { canceled: false, live: false }],
    [null, { canceled: false, live: false }],
  ])("%s, tomorrow, is %o", (status, { canceled, live }) => {
    expect(isCanceled(status)).toBe(canceled);
    expect(isLive({ status, startAt: at(24), endAt: at(25) }, NOW)).toBe(live);
  });

  it("confirmed is of no meeting ahead once it has ended", () => {
    expect(isLive({ status: "confirmed", startAt: at(-2), endAt: at(-1) }, NOW)).toBe(false);
  });
});

describe("the key of an appointment", () => {
  it("is the same for both spellings of a Calendly URI", () => {
    const ours = appointmentKey("CALENDLY", "https://api.calendly.com/scheduled_events/e1/invitees/i1");
    expect(appointmentKey("CALENDLY", "https://calendly.com/api/v2/scheduled_events/e1/invitees/i1")).toBe(ours);
  });

  it("tells invitees of one meeting apart", () => {
    const ours = appointmentKey("CALENDLY", "https://api.calendly.com/scheduled_events/e1/invitees/i1");
    expect(appointmentKey("CALENDLY", "https://api.calendly.com/scheduled_events/e1/invitees/i2")).not.toBe(ours);
  });

  it("tells providers apart, and takes a HighLevel id as it is", () => {
    expect(appointmentKey("GHL", "a/b")).not.toBe(appointmentKey("CALENDLY", "a/b"));
    expect(appointmentKey("GHL", "a/b")).not.toBe(appointmentKey("GHL", "c/b"));
    expect(lastSegment("no-slash")).toBe("no-slash");
  });
});

describe("two instants", () => {
  it.each([
    ["the same time in two objects", at(1), at(1), true],
    ["two times", at(1), at(2), false],
    ["a time and none", at(1), null, false],
    ["none and none", null, null, true],
  ])("%s: %s, %s → %s", (_, a, b, same) => {
    expect(sameInstant(a, b)).toBe(same);
  });
});
