import { describe, expect, it } from "vitest";
import type { StoredAppointment } from "../records";
import type { Observation, ObservedAppointment } from "../source";
import { mergeObservation } from "./merge";
import { at, inGhl, leadWith, listing, NOW, observed, stored, UNKNOWN } from "./records.fixture";

/** What becomes of one appointment on record, alone with one observation. */
function afterSeeing(before: StoredAppointment, observation: Observation): StoredAppointment {
  const [change] = mergeObservation(leadWith(before), observation, inGhl());
  if (!change) throw new Error("an appointment on record has vanished");
  return change.after;
}

const canceled = (fields: Partial<ObservedAppointment> = {}) => observed("g1", { status: "canceled", ...fields });

describe("an appointment seen for the first time", () => {
  it("is recorded as it is told, with the time at which it was booked", () => {
    const item = observed("g1", { calendarId: "c1", bookedAt: at(-5), providerUpdatedAt: at(-4) });
    const [change] = mergeObservation(UNKNOWN, listing(item), inGhl());
    expect(change).toMatchObject({ before: null, dirty: true });
    expect(change?.after).toEqual({
      id: "new-1",
      provider: "GHL",
      externalId: "g1",
      calendlyScheduledEventUri: null,
      calendarId: "c1",
      status: "confirmed",
      startAt: at(24),
      endAt: at(24.5),
      startApproximate: false,
      bookedAt: at(-5),
      canceledAt: null,
      cancelReason: null,
      rescheduledFromId: null,
      statusChangedAt: NOW,
      source: "reconcile_cron",
      providerUpdatedAt: at(-4),
    });
  });

  it("was booked now and cancelled now where the provider does not say when", () => {
    const item = canceled({ bookedAt: null, canceledAt: null });
    const [change] = mergeObservation(UNKNOWN, listing(item), inGhl());
    expect(change?.after).toMatchObject({ bookedAt: NOW, canceledAt: NOW });
  });
});

describe("an appointment on record", () => {
  it("is no change where it is seen as it is known", () => {
    expect(mergeObservation(leadWith(stored("g1")), listing(observed("g1")), inGhl())).toMatchObject([
      { dirty: false },
    ]);
  });

  it("keeps the time of its booking, whatever is said later", () => {
    expect(afterSeeing(stored("g1"), listing(observed("g1", { bookedAt: at(-1) }))).bookedAt).toEqual(at(-24));
  });

  it("learns the time of its booking where none was known", () => {
    const row = stored("g1", { bookedAt: null });
    expect(afterSeeing(row, listing(observed("g1", { bookedAt: at(-7) }))).bookedAt).toEqual(at(-7));
  });

  it("is cancelled at the provider's time and not at that of the look", () => {
    expect(afterSeeing(stored("g1"), listing(canceled({ canceledAt: at(-3) })))).toMatchObject({
      status: "canceled",
      canceledAt: at(-3),
      statusChangedAt: NOW,
      source: "reconcile_cron",
    });
  });

  it("stays cancelled at the time on record, though the provider touched it since", () => {
    const row = stored("g1", { status: "canceled", canceledAt: at(-9), source: "webhook" });
    expect(afterSeeing(row, listing(canceled({ canceledAt: at(-1) })))).toMatchObject({
      canceledAt: at(-9),
      statusChangedAt: at(-24),
      source: "webhook",
    });
  });

  it("keeps the time of its cancellation when it turns out to have been a reschedule", () => {
    const row = stored("g1", { status: "canceled", canceledAt: at(-9) });
    expect(afterSeeing(row, listing(observed("g1", { status: "rescheduled", canceledAt: at(-1) })))).toMatchObject({
      status: "rescheduled",
      canceledAt: at(-9),
    });
  });

  it("is no longer cancelled when it is confirmed again", () => {
    const row = stored("g1", { status: "canceled", canceledAt: at(-9), cancelReason: "ill" });
    expect(afterSeeing(row, listing(observed("g1")))).toMatchObject({
      status: "confirmed",
      canceledAt: null,
      cancelReason: null,
    });
  });

  it("keeps the reason of its cancellation where it is not told again", () => {
    const row = stored("g1", { status: "canceled", canceledAt: at(-9), cancelReason: "ill" });
    expect(afterSeeing(row, listing(canceled())).cancelReason).toBe("ill");
  });

  it("says where its new time comes from, though its status is the old one", () => {
    expect(afterSeeing(stored("g1"), listing(observed("g1", { startAt: at(30) })))).toMatchObject({
      startAt: at(30),
      statusChangedAt: at(-24),
      source: "reconcile_cron",
    });
  });

  it("keeps its times where none are told", () => {
    const item = observed("g1", { startAt: null, endAt: null });
    expect(afterSeeing(stored("g1"), listing(item))).toMatchObject({ startAt: at(24), endAt: at(24.5) });
  });

  it("keeps its id, its spelling and its link", () => {
    const uri = "https://api.calendly.com/scheduled_events/e1/invitees/i1";
    const row = stored(uri, { provider: "CALENDLY", rescheduledFromId: "row-0" });
    const item = observed("https://calendly.com/api/v2/scheduled_events/e1/invitees/i1");
    const [change] = mergeObservation(leadWith(row), listing(item), inGhl({ provider: "CALENDLY" }));
    expect(change?.after).toMatchObject({ id: row.id, externalId: uri, rescheduledFromId: "row-0" });
  });
});

describe("a start that is only known without a zone", () => {
  const approximate = observed("g1", { startAt: at(20), endAt: at(20.5), startApproximate: true });

  it("is recorded as approximate", () => {
    const [change] = mergeObservation(UNKNOWN, listing(approximate), inGhl());
    expect(change?.after).toMatchObject({ startAt: at(20), startApproximate: true });
  });

  it("says nothing against an exact one", () => {
    expect(afterSeeing(stored("g1"), listing(approximate))).toMatchObject({ startAt: at(24), startApproximate: false });
  });

  it("gives way to an exact one", () => {
    const row = stored("g1", { startAt: at(20), startApproximate: true });
    expect(afterSeeing(row, listing(observed("g1")))).toMatchObject({ startAt: at(24), startApproximate: false });
  });

  it("gives way to a newer approximate one", () => {
    const row = stored("g1", { startAt: at(30), startApproximate: true });
    expect(afterSeeing(row, listing(approximate))).toMatchObject({ startAt: at(20), startApproximate: true });
  });
});

describe("an observation that is older than what is on record", () => {
  const row = stored("g1", { providerUpdatedAt: at(-1) });

  it("changes nothing of that appointment", () => {
    const old = canceled({ providerUpdatedAt: at(-2), startAt: at(2), calendarId: "c9", cancelReason: "old" });
    expect(mergeObservation(leadWith(row), listing(old), inGhl())).toMatchObject([{ dirty: false, after: row }]);
  });

  it.each([
    ["of the same time", at(-1)],
    ["that is newer", at(0)],
    ["that has no time", null],
  ])("is not one %s", (_, providerUpdatedAt) => {
    expect(afterSeeing(row, listing(canceled({ providerUpdatedAt }))).status).toBe("canceled");
  });
});
