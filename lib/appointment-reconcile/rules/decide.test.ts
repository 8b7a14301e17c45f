import { describe, expect, it } from "vitest";
import { changesNothing, decide } from "./decide";
import { NO_ROLL_UP } from "./primary";
import { at, inGhl, leadWith, listing, NOW, observed, type Stored, settle, stored } from "./records.fixture";
import { onRecord, outcomeOf, seen } from "./stories.fixture";

/** A title; what was on record; what was seen; the primary afterwards. */
type Story = [title: string, was: string | Stored, seen: string, primary: string];

const namedOnly = (...appointments: Stored["appointments"]): Stored => ({
  appointments,
  rollUp: { ...NO_ROLL_UP, ghlAppointmentId: "g1" },
});

describe("updated, without effects, is", () => {
  it.each<Story>([
    ["a history", "", "g1 canceled 24, g2 showed -9, g3 confirmed -2, g4 no_show -5", "g3 confirmed"],
    ["a first meeting that was moved and is over", "", "g1 moved>g2 24, g2 confirmed -2", "g2 confirmed"],
    ["attendance", "g1 confirmed -2", "g1 showed -2", "g1 showed"],
    ["absence of the lead", "g1 confirmed -2", "g1 no_show -2", "g1 no_show"],
    ["attendance that is marked early", "g1 confirmed 24", "g1 showed 24", "g1 showed"],
    ["the cancellation of what had ended", "g1 confirmed -2", "g1 canceled -2", "g1 canceled"],
    ["the cancellation of what was attended", "g1 showed -2", "g1 canceled -2", "g1 canceled"],
    ["a cancellation that was a reschedule", "g1 canceled 24", "g1 rescheduled 24", "g1 rescheduled"],
    ["a stored id, without a status, that a complete listing lacks", namedOnly(), "", "g1 canceled"],
    ["an approximate start made exact", "g1 confirmed ~20", "g1 confirmed 24", "g1 confirmed"],
    ["a start that becomes known", "g1 confirmed ?", "g1 confirmed 24", "g1 confirmed"],
    ["a meeting moved to a time that is over", "g1 confirmed 24", "g1 confirmed -2", "g1 confirmed"],
    [
      "one linked to one that is over: it was held",
      "g1 confirmed 24",
      "g1 moved>g2 24, g2 confirmed -2",
      "g2 confirmed",
    ],
    ["one linked to one that was attended", "g1 confirmed 24", "g1 moved>g2 24, g2 showed -2", "g2 showed"],
  ])("%s", (_, was, told, primary) => {
    expect(outcomeOf(was, told)).toEqual(["updated", [], primary]);
  });
});

describe("unchanged is", () => {
  it.each<Story>([
    ["a lead without a meeting", "", "", "none unknown"],
    ["a meeting that stands", "g1 confirmed 24", "g1 confirmed 24", "g1 confirmed"],
    ["a meeting that an incomplete listing lacks", "g1 confirmed 24", "incomplete:", "g1 confirmed"],
    ["a stored id, without a status, that an incomplete listing lacks", namedOnly(), "incomplete:", "g1 unknown"],
    [
      "such an id beside a cancelled meeting, which does not take its place",
      namedOnly(stored("g2", { status: "canceled", canceledAt: at(-2) })),
      "incomplete: g2 canceled 24",
      "g1 unknown",
    ],
    ["a later meeting behind the known one", "g1 confirmed 24", "g1 confirmed 24, g2 confirmed 48", "g1 confirmed"],
    ["an exact start told approximately", "g1 confirmed 24", "g1 confirmed ~20", "g1 confirmed"],
    ["a meeting that ended, and is not listed any more", "g1 confirmed -2", "", "g1 confirmed"],
    ["another provider's meeting", leadWith(stored("i1", { provider: "CALENDLY" })), "", "i1 confirmed"],
  ])("%s", (_, was, told, primary) => {
    expect(outcomeOf(was, told)).toEqual(["unchanged", [], primary]);
  });

  it("old news of a meeting", () => {
    const was = leadWith(stored("g1", { providerUpdatedAt: at(-1) }));
    const old = listing(observed("g1", { status: "canceled", providerUpdatedAt: at(-2) }));
    expect(outcomeOf(was, old)).toEqual(["unchanged", [], "g1 confirmed"]);
    expect(changesNothing(decide(was, old, inGhl()))).toBe(true);
  });
});

describe("a decision", () => {
  it("writes a later meeting down, though the roll-up stays", () => {
    const decision = decide(onRecord("g1 confirmed 24"), seen("g1 confirmed 24, g2 confirmed 48"), inGhl());
    expect(decision).toMatchObject({ rollUp: null, appointments: [{ externalId: "g2" }] });
    expect(changesNothing(decision)).toBe(false);
  });

  it("clears the roll-up's cancellation with a re-booking", () => {
    const decision = decide(onRecord("g1 canceled 24"), seen("g1 canceled 24, g2 confirmed 48"), inGhl());
    expect(decision.rollUp).toMatchObject({ appointmentCanceledAt: null, appointmentBookedAt: at(-24) });
  });

  it("cancels what a complete listing lacks as of now", () => {
    expect(decide(onRecord("g1 confirmed 24"), seen(""), inGhl()).rollUp).toMatchObject({
      appointmentStatus: "canceled",
      appointmentCanceledAt: NOW,
      appointmentSource: "reconcile_cron",
    });
  });

  it("says who found it out", () => {
    const decision = decide(onRecord(""), seen("g1 confirmed 24"), inGhl({ source: "backfill" }));
    expect(decision.rollUp).toMatchObject({ appointmentSource: "backfill" });
  });
});

describe("the link to what an appointment replaces", () => {
  it.each<[string, string, string, Record<string, string>]>([
    ["is the provider's, also in history", "", "g2 confirmed -2, g1 moved>g2 24", { g2: "g1" }],
    ["is set by what was seen, too", "g1 confirmed 24", "g1 canceled 24, g2 confirmed 48", { g2: "g1" }],
    [
      "leads to the one just before, where one was moved twice",
      "g1 confirmed 24",
      "g1 moved>g2 24, g2 moved>g3 30, g3 confirmed 48",
      { g2: "g1", g3: "g2" },
    ],
    [
      "is the provider's rather than what it looks like",
      "g1 confirmed 24",
      "g1 canceled 24, g0 moved>g2 20, g2 confirmed 48",
      { g2: "g0" },
    ],
    ["leads to the smaller id of two", "", "g2 moved>g3 24, g1 moved>g3 24, g3 confirmed 48", { g3: "g1" }],
    ["never leads to itself", "g1 confirmed 24", "g1 moved>g1 24", {}],
    ["is not needed where the id stays", "g1 confirmed 24", "g1 confirmed 48", {}],
    ["goes round where the provider's go round", "", "g1 moved>g2 24, g2 moved>g1 24", { g1: "g2", g2: "g1" }],
  ])("%s", (_, was, told, links) => {
    const lead = onRecord(was);
    const { appointments } = settle(lead, decide(lead, seen(told), inGhl()));
    const nameOf = (id: string) => appointments.find((row) => row.id === id)?.externalId;
    const linked = appointments.filter((row) => row.rescheduledFromId !== null);
    expect(Object.fromEntries(linked.map((row) => [row.externalId, nameOf(row.rescheduledFromId ?? "")]))).toEqual(
      links,
    );
  });
});
