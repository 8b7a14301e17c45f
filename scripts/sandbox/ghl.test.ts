import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askGhl } from "./asking";
import type { GhlContact, GhlLocation } from "./ghl-model";
import { type Sandbox, startSandbox } from "./sandbox";

const BOOKED_ON = new Date("2030-03-01T16:00:00.123Z");
const START = new Date("2030-03-12T15:00:00Z");
const LATER = new Date("2030-03-14T15:00:00Z");

let sandbox: Sandbox;
let location: GhlLocation;
let contact: GhlContact;

beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => BOOKED_ON } });
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  location = sandbox.ghl.addLocation();
  contact = sandbox.ghl.addContact(location.id, { email: "Ada@example.com", phone: "+15550100" });
});

const list = () => askGhl(sandbox, location, `/contacts/${contact.id}/appointments`);
const read = (id: string) => askGhl(sandbox, location, `/calendars/events/appointments/${id}`);

describe("the same appointment, twice", () => {
  it("is listed without a zone, in the location's time", async () => {
    const { id, calendar } = sandbox.ghl.book(contact.id, { start: START });
    expect((await list()).body).toEqual({
      traceId: expect.any(String),
      events: [
        expect.objectContaining({
          id,
          calendarId: calendar.id,
          contactId: contact.id,
          locationId: location.id,
          status: "booked",
          appointmentStatus: "confirmed",
          appoinmentStatus: "confirmed",
          startTime: "2030-03-12 10:00:00",
          endTime: "2030-03-12 10:30:00",
          dateAdded: "2030-03-01 10:00:00",
          deleted: false,
        }),
      ],
    });
  });

  it("is read with an offset", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    expect((await read(id)).body).toEqual({
      traceId: expect.any(String),
      event: expect.objectContaining({
        id,
        startTime: "2030-03-12T10:00:00-05:00",
        endTime: "2030-03-12T10:30:00-05:00",
        dateAdded: "2030-03-01T16:00:00.123Z",
      }),
    });
  });
});

describe("what people do to an appointment", () => {
  it("a cancelled one stays listed", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    sandbox.ghl.cancel(id);
    expect((await list()).body).toMatchObject({ events: [{ id, appointmentStatus: "cancelled", deleted: false }] });
    expect(sandbox.truthOf({ ghlContactId: contact.id })).toMatchObject([{ externalId: id, status: "canceled" }]);
  });

  it("a moved one keeps its id and its length", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    sandbox.ghl.reschedule(id, LATER);
    expect((await read(id)).body).toMatchObject({
      event: {
        startTime: "2030-03-14T10:00:00-05:00",
        endTime: "2030-03-14T10:30:00-05:00",
        rescheduledAt: expect.any(String),
      },
    });
    expect(sandbox.truthOf({ ghlContactId: contact.id })).toMatchObject([{ status: "confirmed", startAt: LATER }]);
  });

  it("a re-booked one has a new id beside the old, cancelled one", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    const again = sandbox.ghl.rebook(id, LATER);
    expect((await list()).body).toMatchObject({
      events: [
        { id, appointmentStatus: "cancelled" },
        { id: again.id, appointmentStatus: "confirmed" },
      ],
    });
  });

  it("a softly deleted one is still listed and read, and says so", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    sandbox.ghl.softDelete(id);
    expect((await list()).body).toMatchObject({ events: [{ id, deleted: true, appointmentStatus: "confirmed" }] });
    expect((await read(id)).body).toMatchObject({ event: { id, deleted: true } });
    expect(sandbox.truthOf({ ghlContactId: contact.id })).toMatchObject([{ status: "canceled", removed: false }]);
  });

  it("a removed one is 404 and not listed, and the truth remembers it", async () => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    sandbox.ghl.remove(id);
    expect((await read(id)).status).toBe(404);
    expect((await list()).body).toMatchObject({ events: [] });
    expect(sandbox.truthOf({ ghlContactId: contact.id })).toMatchObject([{ status: "canceled", removed: true }]);
  });

  it.each([
    ["new", "confirmed"],
    ["active", "confirmed"],
    ["showed", "showed"],
    ["completed", "showed"],
    ["noshow", "no_show"],
    ["invalid", "canceled"],
  ] as const)("one marked %s is truly %s", async (mark, status) => {
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    sandbox.ghl.mark(id, mark);
    expect((await read(id)).body).toMatchObject({ event: { appointmentStatus: mark } });
    expect(sandbox.truthOf({ ghlContactId: contact.id })).toMatchObject([{ status }]);
  });
});

describe("finding a contact", () => {
  const search = (query: Record<string, string>) =>
    askGhl(
      sandbox,
      location,
      `/contacts/search/duplicate?${new URLSearchParams({ locationId: location.id, ...query })}`,
    );

  it("works by e-mail in any case and by phone", async () => {
    expect((await search({ email: "ada@EXAMPLE.com" })).body).toMatchObject({ contact: { id: contact.id } });
    expect((await search({ number: "+15550100" })).body).toMatchObject({ contact: { id: contact.id } });
  });

  it("answers 400 where there is none, other locations' contacts included", async () => {
    sandbox.ghl.addContact(sandbox.ghl.addLocation().id, { email: "bob@example.com" });
    expect((await search({ email: "bob@example.com" })).status).toBe(400);
  });

  it("works by id and by posted filters", async () => {
    const body = JSON.stringify({
      locationId: location.id,
      filters: [{ field: "email", operator: "eq", value: "ada@example.com" }],
    });
    expect((await askGhl(sandbox, location, `/contacts/${contact.id}`)).body).toMatchObject({
      contact: { id: contact.id },
    });
    expect((await askGhl(sandbox, location, "/contacts/search", { method: "POST", body })).body).toMatchObject({
      contacts: [{ id: contact.id }],
      total: 1,
    });
  });
});

describe("calendars", () => {
  const sweep = (query: Record<string, string>) =>
    askGhl(sandbox, location, `/calendars/events?${new URLSearchParams({ locationId: location.id, ...query })}`);
  const at = (minutes: number) => String(START.getTime() + minutes * 60_000);

  it("give an appointment in each of two windows that adjoin in it", async () => {
    const { id, calendar } = sandbox.ghl.book(contact.id, { start: START });
    const events = { events: [{ id }] };
    expect((await sweep({ calendarId: calendar.id, startTime: at(-60), endTime: at(10) })).body).toMatchObject(events);
    expect((await sweep({ calendarId: calendar.id, startTime: at(10), endTime: at(60) })).body).toMatchObject(events);
    expect((await sweep({ calendarId: calendar.id, startTime: at(30), endTime: at(60) })).body).toMatchObject({
      events: [],
    });
  });

  it("refuse a sweep without a calendar, user or group, and one without times", async () => {
    expect((await sweep({ startTime: at(0), endTime: at(10) })).body).toMatchObject({
      statusCode: 422,
      message: ["Either of userId, calendarId or groupId is required"],
    });
    expect((await sweep({ calendarId: "any" })).status).toBe(422);
  });

  it("are listed, and so is the location with its zone", async () => {
    const calendars = await askGhl(sandbox, location, `/calendars/?locationId=${location.id}`);
    expect(calendars.body).toMatchObject({ calendars: [{ locationId: location.id }] });
    const itself = await askGhl(sandbox, location, `/locations/${location.id}`);
    expect(itself.body).toMatchObject({ location: { id: location.id, timezone: "America/Chicago" } });
  });
});

describe("strictness", () => {
  it("refuses a token that belongs to nobody, and does not write it down", async () => {
    const reply = await askGhl(sandbox, { token: "pit-unheard-of" }, `/contacts/${contact.id}`);
    expect(reply).toMatchObject({ status: 401, body: { message: "Invalid JWT" } });
    expect(sandbox.ledger.find({ status: 401 }).at(-1)?.account).toMatch(/^token-[0-9a-f]{12}$/);
    expect(JSON.stringify(sandbox.ledger.entries)).not.toContain("pit-unheard-of");
  });

  it("refuses another location's contact, calendars and settings, and knows nothing of its appointments", async () => {
    const other = sandbox.ghl.addLocation();
    const foreign = { status: 403, body: { message: "The token does not have access to this location." } };
    expect(await askGhl(sandbox, other, `/contacts/${contact.id}/appointments`)).toMatchObject(foreign);
    expect(await askGhl(sandbox, other, `/calendars/?locationId=${location.id}`)).toMatchObject(foreign);
    expect(await askGhl(sandbox, other, `/locations/${location.id}`)).toMatchObject(foreign);
    const { id } = sandbox.ghl.book(contact.id, { start: START });
    expect((await askGhl(sandbox, other, `/calendars/events/appointments/${id}`)).status).toBe(404);
  });

  it.each(["2021-04-15", "v3", ""])("refuses the version %j where another is due", async (version) => {
    const reply = await askGhl(sandbox, location, `/contacts/${contact.id}/appointments`, { headers: { version } });
    expect(reply).toMatchObject({ status: 400, body: { message: expect.stringContaining("Version: 2021-07-28") } });
  });

  it("refuses an unknown query parameter by name, and a Location-Id header", async () => {
    const reply = await askGhl(sandbox, location, `/contacts/${contact.id}/appointments?limit=10`);
    expect(reply).toMatchObject({ status: 422, body: { message: ["property limit should not exist"] } });
    const headers = { "location-id": location.id };
    expect((await askGhl(sandbox, location, `/contacts/${contact.id}`, { headers })).status).toBe(403);
  });

  it("answers 404 for contacts, paths and methods that do not exist", async () => {
    expect((await askGhl(sandbox, location, "/contacts/nobody/appointments")).status).toBe(404);
    expect((await askGhl(sandbox, location, "/contacts/%E0%A4%A/appointments")).status).toBe(404);
    expect((await askGhl(sandbox, location, "/opportunities")).status).toBe(404);
    expect((await askGhl(sandbox, location, `/contacts/${contact.id}`, { method: "DELETE" })).status).toBe(404);
  });
});
