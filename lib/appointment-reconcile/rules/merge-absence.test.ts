import { describe, expect, it } from "vitest";
import type { StoredAppointment } from "../records";
import type { Observation } from "../source";
import { mergeObservation } from "./merge";
import { NO_ROLL_UP } from "./primary";
import { at, incomplete, inGhl, leadWith, listing, NOW, observed, stored } from "./records.fixture";

/** What becomes of one appointment on record, alone with one observation. */
function afterSeeing(before: StoredAppointment, observation: Observation): StoredAppointment {
  const [change] = mergeObservation(leadWith(before), observation, inGhl());
  if (!change) throw new Error("an appointment on record has vanished");
  return change.after;
}

describe("what is not in the listing", () => {
  it.each<[string, StoredAppointment, Observation, string | null]>([
    ["is cancelled if it was to take place and the listing is complete", stored("g1"), listing(), "canceled"],
    ["is left alone beside an incomplete listing", stored("g1"), incomplete(), "confirmed"],
    ["is left alone if it had ended", stored("g1", { startAt: at(-2) }), listing(), "confirmed"],
    ["is left alone if it was attended", stored("g1", { status: "showed" }), listing(), "showed"],
    ["stays rescheduled", stored("g1", { status: "rescheduled" }), listing(), "rescheduled"],
    ["is left alone if it is another provider's", stored("i1", { provider: "CALENDLY" }), listing(), "confirmed"],
    ["is cancelled, too, if it goes on right now", stored("g1", { startAt: at(-0.25) }), listing(), "canceled"],
  ])("%s", (_, row, observation, status) => {
    expect(afterSeeing(row, observation).status).toBe(status);
  });

  it("is cancelled as of now, by this run", () => {
    expect(afterSeeing(stored("g1"), listing())).toMatchObject({
      canceledAt: NOW,
      statusChangedAt: NOW,
      source: "reconcile_cron",
    });
  });
});

describe("a meeting that is called off beside a listing that lacks something", () => {
  const called = (fields: Parameters<typeof observed>[1] = {}) =>
    observed("g1", { status: "canceled", canceledAt: at(-0.5), ...fields });
  const gone = observed("g0", { status: "canceled", canceledAt: at(-0.5) });
  const next = observed("g2", { startAt: at(72) });

  it.each<[string, Observation, string]>([
    ["stays for an hour: what is lacking may be what it was moved to", incomplete(called()), "confirmed"],
    ["stays, whatever else was called off", incomplete(called(), gone), "confirmed"],
    ["stays for less than an hour", incomplete(called({ canceledAt: at(-0.999) })), "confirmed"],
    ["is cancelled after it", incomplete(called({ canceledAt: at(-1) })), "canceled"],
    ["is cancelled if the provider's clock is an hour off", incomplete(called({ canceledAt: at(1) })), "canceled"],
    ["is cancelled if nobody says when that was", incomplete(called({ canceledAt: null })), "canceled"],
    ["is cancelled if a new one was read", incomplete(called(), next), "canceled"],
    [
      "was moved if the provider says so",
      incomplete(called({ status: "rescheduled", successorId: "g2" })),
      "rescheduled",
    ],
    ["is cancelled if all rows were read", listing(called()), "canceled"],
    ["stays if the listing was not found at all", { ...incomplete(called()), oddRows: 0 }, "confirmed"],
    ["is cancelled if there was nothing to list by", { ...incomplete(called()), listed: false }, "canceled"],
  ])("%s", (_, observation, status) => {
    expect(afterSeeing(stored("g1"), observation).status).toBe(status);
  });

  it("is cancelled if it was over by then", () => {
    const over = { startAt: at(-2), endAt: at(-1.5) };
    expect(afterSeeing(stored("g1", over), incomplete(called(over))).status).toBe("canceled");
  });
});

describe("a roll-up that names an appointment without a row", () => {
  const named = { ...NO_ROLL_UP, ghlAppointmentId: "g1", appointmentProvider: "GHL" } as const;
  const booked = {
    ...named,
    appointmentStatus: "confirmed",
    appointmentStartAt: at(24),
    appointmentEndAt: at(25),
  } as const;

  it("counts as a record of it, and the row follows", () => {
    const [change] = mergeObservation({ appointments: [], rollUp: booked }, listing(observed("g1")), inGhl());
    expect(change?.before).toMatchObject({ externalId: "g1", status: "confirmed", startAt: at(24) });
    expect(change?.dirty).toBe(true);
  });

  it("is cancelled by a complete listing that lacks it", () => {
    const [change] = mergeObservation({ appointments: [], rollUp: booked }, listing(), inGhl());
    expect(change).toMatchObject({ before: { status: "confirmed" }, after: { status: "canceled" }, dirty: true });
  });

  it("becomes a row, as it is, beside an incomplete listing", () => {
    const [change] = mergeObservation({ appointments: [], rollUp: booked }, incomplete(), inGhl());
    expect(change).toMatchObject({ after: { status: "confirmed", startAt: at(24) }, dirty: true });
  });

  it("is cancelled by a complete listing also where its status is not known", () => {
    const [change] = mergeObservation({ appointments: [], rollUp: named }, listing(), inGhl());
    expect(change).toMatchObject({ before: { status: null }, after: { status: "canceled" }, dirty: true });
  });

  it("makes no row where its status is not known and nothing can be inferred", () => {
    const [change] = mergeObservation({ appointments: [], rollUp: named }, incomplete(), inGhl());
    expect(change).toMatchObject({ after: { status: null }, dirty: false });
  });

  it("may name the Calendly event alone: the lead's invitee of it is meant", () => {
    const event = "https://api.calendly.com/scheduled_events/e1";
    const rollUp = { ...NO_ROLL_UP, calendlyScheduledEventUri: event, appointmentStatus: "confirmed" } as const;
    const item = observed(`${event}/invitees/i1`, { calendlyScheduledEventUri: event });
    const changes = mergeObservation({ appointments: [], rollUp }, listing(item), inGhl({ provider: "CALENDLY" }));
    expect(changes).toMatchObject([{ before: { externalId: item.externalId, status: "confirmed" } }]);
  });
});

describe("a roll-up that disagrees with the row it names", () => {
  it("is believed, for somebody wrote it last, and the row follows", () => {
    const row = stored("g1", { startAt: at(24) });
    const rollUp = { ...leadWith(row).rollUp, appointmentStatus: "canceled", appointmentCanceledAt: at(-1) } as const;
    const [change] = mergeObservation({ appointments: [row], rollUp }, incomplete(), inGhl());
    expect(change).toMatchObject({ after: { id: row.id, status: "canceled", canceledAt: at(-1) }, dirty: true });
  });

  it("is not believed where it says nothing of the status", () => {
    const row = stored("g1");
    const rollUp = { ...NO_ROLL_UP, ghlAppointmentId: "g1" };
    expect(mergeObservation({ appointments: [row], rollUp }, incomplete(), inGhl())).toEqual([
      { before: row, after: row, successorId: null, dirty: false },
    ]);
  });
});
