import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGhl } from "./asking";
import type { GhlBooking } from "./ghl-model";
import type { GhlQuirks } from "./ghl-quirks";
import { type Sandbox, startSandbox } from "./sandbox";

const START = new Date("2030-07-12T15:00:00Z");

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.stop());

/** One appointment at a location with these quirks: how it is listed, and how it is read. */
async function show(quirks: Partial<GhlQuirks>, booking: Partial<GhlBooking> = {}) {
  const location = sandbox.ghl.addLocation({ quirks });
  const contact = sandbox.ghl.addContact(location.id);
  const { id } = sandbox.ghl.book(contact.id, { start: START, ...booking });
  const listed = await askGhl(sandbox, location, `/contacts/${contact.id}/appointments`);
  const event = await askGhl(sandbox, location, `/calendars/events/appointments/${id}`);
  return { id, listed: listed.body, event: event.body };
}

describe("a location can", () => {
  it("wrap its lists in another name, or not at all", async () => {
    const named = await show({ listWrapper: "appointments" });
    expect(named.listed).toMatchObject({ appointments: [{ id: named.id }], traceId: expect.any(String) });
    const bare = await show({ listWrapper: "bare" });
    expect(bare.listed).toMatchObject([{ id: bare.id }]);
  });

  it("wrap its events in another name, or not at all", async () => {
    const named = await show({ eventWrapper: "appointment" });
    expect(named.event).toMatchObject({ appointment: { id: named.id }, traceId: expect.any(String) });
    const bare = await show({ eventWrapper: "bare" });
    expect(bare.event).toMatchObject({ id: bare.id, traceId: expect.any(String) });
  });

  it.each(["eventId", "appointmentId"] as const)("call the id %s", async (idField) => {
    const { id, listed, event } = await show({ idField });
    expect(listed).toMatchObject({ events: [{ [idField]: id }] });
    expect(listed).not.toHaveProperty("events.0.id");
    expect(event).toMatchObject({ event: { [idField]: id } });
  });

  it.each([
    ["right", { status: "booked", appointmentStatus: "noshow" }, ["appoinmentStatus"]],
    ["typo", { status: "booked", appoinmentStatus: "noshow" }, ["appointmentStatus"]],
    ["old", { status: "noshow" }, ["appoinmentStatus", "appointmentStatus"]],
  ] as const)("give the status in its %s field alone", async (statusFields, there, absent) => {
    const { listed, event } = await show({ statusFields }, { status: "noshow" });
    expect(listed).toMatchObject({ events: [there] });
    expect(event).toMatchObject({ event: there });
    for (const field of absent) expect(listed).not.toHaveProperty(`events.0.${field}`);
  });

  it.each([
    ["confirmed", /^(booked|confirmed)$/i],
    ["cancelled", /^cancell?ed$/i],
    ["noshow", /^no[-_]?show$/i],
    ["showed", /^showed$/i],
  ] as const)("write %s in another way than the specification", async (status, variant) => {
    const { listed } = await show({ statusWords: "variants" }, { status });
    expect(listed).not.toMatchObject({ events: [{ appointmentStatus: status }] });
    expect(listed).toMatchObject({ events: [{ appointmentStatus: expect.stringMatching(variant) }] });
  });

  it.each([
    ["naive", "2030-07-12 10:00:00"],
    ["naive_t", "2030-07-12T10:00:00"],
    ["offset", "2030-07-12T10:00:00-05:00"],
    ["utc", "2030-07-12T15:00:00.000Z"],
    ["epoch_ms", START.getTime()],
    ["epoch_s", START.getTime() / 1000],
    ["epoch_ms_text", String(START.getTime())],
    ["empty", ""],
    ["null", null],
  ] as const)("write its times as %s", async (shape, startTime) => {
    const { listed, event } = await show({ listTimes: shape, eventTimes: shape });
    expect(listed).toMatchObject({ events: [{ startTime }] });
    expect(event).toMatchObject({ event: { startTime } });
  });

  it("leave out the times, the date of booking and the optional ids", async () => {
    const { listed, event } = await show({ listTimes: "missing", eventTimes: "missing" });
    expect(listed).not.toHaveProperty("events.0.startTime");
    expect(event).not.toHaveProperty("event.startTime");
    expect((await show({ dateAdded: "missing" })).event).not.toHaveProperty("event.dateAdded");
    expect((await show({ optionalIds: "missing" })).event).not.toHaveProperty("event.contactId");
    expect((await show({ optionalIds: "empty" })).event).toMatchObject({ event: { contactId: "", groupId: null } });
  });

  it("give an instance of a recurring appointment an id of its own", async () => {
    const instance = { id: `evtMaster_${START.getTime()}_30`, masterEventId: "evtMaster" };
    const { event } = await show({}, instance);
    expect(event).toMatchObject({ event: { ...instance, isRecurring: true } });
  });

  it("change its mind while the sandbox runs", async () => {
    const location = sandbox.ghl.addLocation();
    const contact = sandbox.ghl.addContact(location.id);
    location.quirks = { ...location.quirks, listWrapper: "bare" };
    const { body } = await askGhl(sandbox, location, `/contacts/${contact.id}/appointments`);
    expect(body).toEqual([]);
  });
});
