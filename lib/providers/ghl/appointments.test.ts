import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KnownAppointment, LeadSubject } from "@/lib/appointment-reconcile/source";
import { CutOffError } from "@/lib/core/errors";
import { unlimited } from "../limiter";
import { type Loopback, type Reply, reply, startLoopback } from "../testing/loopback";
import { createGhlAppointmentSource } from "./appointments";
import { createGhlRequester } from "./requester";

const ROW = {
  id: "e1",
  contactId: "c1",
  calendarId: "cal1",
  locationId: "l1",
  status: "booked",
  appointmentStatus: "confirmed",
  appoinmentStatus: "confirmed",
  startTime: "2030-03-12 10:00:00",
  endTime: "2030-03-12 10:30:00",
  dateAdded: "2030-03-01 10:00:00",
  dateUpdated: "2030-03-02 10:00:00",
};
const EVENT = {
  ...ROW,
  startTime: "2030-03-12T10:00:00-05:00",
  endTime: "2030-03-12T10:30:00-05:00",
  dateAdded: "2030-03-01T16:00:00Z",
  dateUpdated: "2030-03-02T16:00:00Z",
};
const OBSERVED = {
  externalId: "e1",
  calendlyScheduledEventUri: null,
  calendarId: "cal1",
  status: "confirmed",
  startAt: new Date("2030-03-12T15:00:00Z"),
  endAt: new Date("2030-03-12T15:30:00Z"),
  startApproximate: false,
  bookedAt: new Date("2030-03-01T16:00:00Z"),
  canceledAt: null,
  cancelReason: null,
  providerUpdatedAt: new Date("2030-03-02T16:00:00Z"),
  successorId: null,
};
const LIST = "/contacts/c1/appointments";
const FIND = "/contacts/search/duplicate";
const LOCATION = "/locations/l1";
const event = (id: string) => `/calendars/events/appointments/${id}`;

const VERSIONS: [RegExp, string][] = [
  [/^\/contacts\//, "2021-07-28"],
  [/^\/locations\//, "2021-07-28"],
  [/^\/calendars\//, "2021-04-15"],
];

/** What the provider answers, by path; everything else is 404. */
let world: Record<string, Reply>;
let server: Loopback;

beforeEach(async () => {
  world = {};
  server = await startLoopback((request, response, url) => {
    const version = VERSIONS.find(([path]) => path.test(url.pathname))?.[1];
    if (request.headers["version"] !== version) return reply(response, { status: 400 });
    reply(response, world[url.pathname] ?? { status: 404, body: { message: "not found" } });
  });
});
afterEach(() => server.close());

function createSource(fallbackTimeZone = "Asia/Manila") {
  const requester = createGhlRequester({ baseUrl: server.url, token: "pit-1", limiter: unlimited, timeoutMs: 5000 });
  return createGhlAppointmentSource({ requester, locationId: "l1", fallbackTimeZone });
}

function subject(fields: Partial<LeadSubject> = {}): LeadSubject {
  return {
    leadId: "lead1",
    email: null,
    ghlContactId: "c1",
    ghlAppointmentId: null,
    calendlyInviteeUri: null,
    calendlyScheduledEventUri: null,
    known: [],
    ...fields,
  };
}

function known(fields: Partial<KnownAppointment> = {}): KnownAppointment {
  return {
    externalId: "e1",
    calendlyScheduledEventUri: null,
    status: "confirmed",
    startAt: new Date("2030-03-12T15:00:00Z"),
    endAt: null,
    ...fields,
  };
}

const observe = (fields?: Partial<LeadSubject>, source = createSource()) =>
  source.observe(subject(fields), new AbortController().signal);

/** Lists these rows and knows these events. */
function listing(rows: unknown, events: Record<string, unknown> = {}): void {
  world[LIST] = { body: Array.isArray(rows) ? { events: rows, traceId: "t-1" } : rows };
  for (const [id, body] of Object.entries(events)) world[event(id)] = { body: { event: body, traceId: "t-2" } };
}

describe("a listed appointment", () => {
  it("has the times and the status of its event", async () => {
    listing([ROW], { e1: EVENT });
    expect(await observe()).toEqual({
      items: [OBSERVED],
      listed: true,
      complete: true,
      oddRows: 0,
      foundContactId: null,
    });
    expect(server.requests).toEqual([`GET ${LIST}`, `GET ${event("e1")}`]);
  });

  it.each([
    ["appointments", { appointments: [ROW] }, { appointment: EVENT }],
    ["bare", [ROW], EVENT],
  ])("is found in other wrappers: %s", async (_name, list, one) => {
    world[LIST] = { body: list };
    world[event("e1")] = { body: one };
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: true });
  });

  it("may name itself by another field", async () => {
    const { id, ...rest } = ROW;
    listing(
      [
        { ...rest, eventId: id },
        { ...rest, appointmentId: "e2" },
      ],
      { e1: EVENT, e2: { ...EVENT, id: "e2" } },
    );
    const { items, complete } = await observe();
    expect(items.map((item) => item.externalId)).toEqual(["e1", "e2"]);
    expect(complete).toBe(true);
  });

  it("counts once when it is listed twice, as its first row", async () => {
    listing([ROW, { ...ROW, calendarId: "cal2" }]);
    world[LOCATION] = { body: { location: { timezone: "America/Chicago" } } };
    const { items, complete } = await observe();
    expect(items).toMatchObject([{ externalId: "e1", calendarId: "cal1" }]);
    expect(complete).toBe(true);
  });

  it("of another contact is nobody's business here", async () => {
    listing(
      [
        { ...ROW, id: "e9", contactId: "c9" },
        { ...ROW, contactId: null },
      ],
      { e1: EVENT },
    );
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: true, oddRows: 0 });
    expect(server.requests).not.toContain(`GET ${event("e9")}`);
  });

  it("has an odd id in its path only encoded", async () => {
    listing([{ ...ROW, id: "a?b#c%d" }]);
    world[LOCATION] = { body: { location: { timezone: "UTC" } } };
    await observe();
    expect(server.requests[1]).toBe("GET /calendars/events/appointments/a%3Fb%23c%25d");
  });

  it.each([
    [{ ...ROW, deleted: true }, EVENT],
    [ROW, { ...EVENT, deleted: true }],
    [ROW, { ...EVENT, appointmentStatus: "cancelled" }],
    [
      { ...ROW, appointmentStatus: "cancelled" },
      { ...EVENT, status: null, appointmentStatus: null, appoinmentStatus: "" },
    ],
  ])("is cancelled, as of its last update, when the list or the event says so (%#)", async (row, one) => {
    listing([row], { e1: one });
    const { items } = await observe();
    expect(items).toEqual([{ ...OBSERVED, status: "canceled", canceledAt: OBSERVED.providerUpdatedAt }]);
  });

  it("is what its event says where the two disagree", async () => {
    listing([{ ...ROW, appointmentStatus: "cancelled" }], { e1: EVENT });
    expect((await observe()).items).toEqual([OBSERVED]);
  });
});

describe("a listed appointment whose event cannot be read", () => {
  beforeEach(() => {
    world[LOCATION] = { body: { location: { timezone: "America/Chicago" } } };
  });

  it("is not cancelled: the row counts, with its times in the location's zone", async () => {
    listing([ROW]);
    expect(await observe()).toEqual({
      items: [
        {
          ...OBSERVED,
          startApproximate: true,
          bookedAt: new Date("2030-03-01T16:00:00Z"),
          providerUpdatedAt: new Date("2030-03-02T16:00:00Z"),
        },
      ],
      listed: true,
      complete: true,
      oddRows: 0,
      foundContactId: null,
    });
  });

  it("is read from the row too when the answer is about another event", async () => {
    listing([ROW], { e1: { ...EVENT, id: "e2", appointmentStatus: "cancelled" } });
    expect((await observe()).items).toMatchObject([{ externalId: "e1", status: "confirmed", startApproximate: true }]);
  });

  it("keeps an exact time wherever there is one", async () => {
    listing([{ ...ROW, startTime: 1_899_558_000_000, endTime: 1_899_559_800 }]);
    const { items } = await observe();
    expect(items).toMatchObject([{ startAt: OBSERVED.startAt, endAt: OBSERVED.endAt, startApproximate: false }]);
    expect(items).toMatchObject([{ bookedAt: null, providerUpdatedAt: null }]);
    expect(server.requests).not.toContain(`GET ${LOCATION}`);
  });

  it("prefers an exact time in the list to one without a zone in the event", async () => {
    listing([{ ...ROW, startTime: 1_899_558_000 }], { e1: { ...EVENT, startTime: "2030-03-12 11:00:00" } });
    expect((await observe()).items).toMatchObject([{ startAt: OBSERVED.startAt, startApproximate: false }]);
  });

  it("is read in the zone too when the event itself has none, or no time at all", async () => {
    for (const startTime of ["2030-03-12T10:00:00", "", undefined, {}]) {
      listing([ROW], { e1: { ...EVENT, startTime } });
      expect((await observe()).items).toMatchObject([{ startAt: OBSERVED.startAt, startApproximate: true }]);
    }
  });

  it("has no start when nobody names one", async () => {
    listing([{ ...ROW, startTime: "", endTime: null }], { e1: { ...EVENT, startTime: null, endTime: "" } });
    expect((await observe()).items).toMatchObject([{ startAt: null, endAt: null, startApproximate: false }]);
  });

  it("asks for the zone once, however many leads need it", async () => {
    listing([ROW, { ...ROW, id: "e2" }]);
    const source = createSource();
    await observe({}, source);
    await observe({}, source);
    expect(server.requests.filter((request) => request === `GET ${LOCATION}`)).toHaveLength(1);
  });
});

describe("the zone of a time that has none", () => {
  const startIn = async (fallbackTimeZone?: string) => {
    listing([ROW]);
    return (await observe({}, createSource(fallbackTimeZone))).items[0]?.startAt?.toISOString();
  };

  it.each([
    ["is unknown", { body: { location: { timezone: "Mars/Olympus" } } }],
    ["is not named", { body: { location: {} } }],
    ["may not be read", { status: 403 }],
    ["is not found", { status: 404 }],
    ["is refused", { status: 422 }],
  ])("is the workspace's where the location's %s", async (_name, answer) => {
    world[LOCATION] = answer;
    expect(await startIn()).toBe("2030-03-12T02:00:00.000Z");
  });

  it("is UTC where the workspace's is unknown too", async () => {
    world[LOCATION] = { status: 403 };
    expect(await startIn("Nowhere/Special")).toBe("2030-03-12T10:00:00.000Z");
  });

  it.each([
    [{ status: 503 }, "transient"],
    [{ status: 429 }, "rate_limited"],
    [{ status: 401 }, "auth"],
    [{ body: "<html>" }, "malformed"],
  ])("is not guessed while the location merely cannot be read: %j", async (answer, kind) => {
    world[LOCATION] = answer;
    await expect(startIn()).rejects.toMatchObject({ kind });
    world[LOCATION] = { body: { location: { timezone: "America/Chicago" } } };
    expect(await startIn()).toBe("2030-03-12T15:00:00.000Z");
  });
});

describe("an appointment that is cancelled on record", () => {
  it.each(["canceled", "rescheduled"] as const)(
    "(%s) and in the list is not read again, and says nothing of times",
    async (status) => {
      listing([{ ...ROW, appointmentStatus: "cancelled" }], { e1: EVENT });
      const { items } = await observe({ known: [known({ status })] });
      expect(items).toMatchObject([
        { externalId: "e1", status: "canceled", startAt: null, endAt: null, canceledAt: null },
      ]);
      expect(server.requests).toEqual([`GET ${LIST}`]);
    },
  );

  it.each([
    [{ ...ROW, appointmentStatus: "cancelled" }, known({ status: "canceled", startAt: null })],
    [{ ...ROW, appointmentStatus: "cancelled" }, known({ status: "confirmed" })],
    [ROW, known({ status: "canceled" })],
  ])("is read when its time is missing or the two disagree (%#)", async (row, recorded) => {
    listing([row], { e1: EVENT });
    await observe({ known: [recorded] });
    expect(server.requests).toContain(`GET ${event("e1")}`);
  });
});

describe("an appointment that the list lacks", () => {
  it.each([
    ["stored with the lead", { ghlAppointmentId: "e1" }],
    ["confirmed on record", { known: [known()] }],
    ["both", { ghlAppointmentId: "e1", known: [known()] }],
  ])("is asked for by its id, once: %s", async (_name, fields) => {
    listing([], { e1: EVENT });
    expect(await observe(fields)).toMatchObject({ items: [OBSERVED], complete: true });
    expect(server.requests).toEqual([`GET ${LIST}`, `GET ${event("e1")}`]);
  });

  it("is left out when it is gone, beside a complete list", async () => {
    listing([]);
    expect(await observe({ ghlAppointmentId: "e1" })).toMatchObject({ items: [], complete: true });
  });

  it("is left out when it is another contact's, and nothing is concluded while it goes on there", async () => {
    listing([], { e1: { ...EVENT, contactId: "c9" } });
    expect(await observe({ ghlAppointmentId: "e1" })).toMatchObject({ items: [], complete: false });
    listing([], { e1: { ...EVENT, contactId: "c9", appointmentStatus: "cancelled" } });
    expect(await observe({ ghlAppointmentId: "e1" })).toMatchObject({ items: [], complete: true });
  });

  it("is unclear when the answer is about another event", async () => {
    listing([], { e1: { ...EVENT, id: "e2" } });
    expect(await observe({ ghlAppointmentId: "e1" })).toMatchObject({ items: [], complete: false });
  });

  it("is ours when it names no contact", async () => {
    listing([], { e1: { ...EVENT, contactId: null } });
    expect((await observe({ ghlAppointmentId: "e1" })).items).toEqual([OBSERVED]);
  });

  it("is not asked for when it is settled, of another provider, or no id at all", async () => {
    listing([]);
    await observe({
      ghlAppointmentId: "..",
      known: [
        known({ externalId: "e5", status: "showed" }),
        known({ externalId: "https://api.calendly.com/scheduled_events/EV1/invitees/I1" }),
      ],
    });
    expect(server.requests).toEqual([`GET ${LIST}`]);
  });

  it("is still asked for when the contact is unknown to the provider, and the list counts as unread", async () => {
    world[event("e1")] = { body: { event: EVENT } };
    expect(await observe({ ghlAppointmentId: "e1" })).toEqual({
      items: [OBSERVED],
      listed: true,
      complete: false,
      oddRows: 0,
      foundContactId: null,
    });
  });
});

describe("a lead without a contact", () => {
  const lead = { ghlContactId: null, email: " ada+1@example.com " };

  it("is found by e-mail", async () => {
    world[FIND] = { body: { contact: { id: "c1" } } };
    listing([ROW], { e1: EVENT });
    expect(await observe(lead)).toMatchObject({ items: [OBSERVED], complete: true, foundContactId: "c1" });
    expect(server.requests[0]).toBe(`GET ${FIND}?locationId=l1&email=ada%2B1%40example.com`);
  });

  it.each([
    { status: 400, body: { message: "no match" } },
    { status: 404 },
    { body: "null" },
    { body: {} },
    { body: { contact: null } },
  ])("that nobody knows by e-mail has no list: %j", async (answer) => {
    world[FIND] = answer;
    expect(await observe(lead)).toEqual({
      items: [],
      listed: false,
      complete: false,
      oddRows: 0,
      foundContactId: null,
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    [{ body: [] }, "malformed"],
    [{ body: { contact: { id: "" } } }, "malformed"],
    [{ status: 422 }, "permanent"],
    [{ status: 429 }, "rate_limited"],
  ])("fails when the search does: %j", async (answer, kind) => {
    world[FIND] = answer;
    await expect(observe(lead)).rejects.toMatchObject({ kind });
  });

  it("is found through the stored appointment, which is read once", async () => {
    world[FIND] = { status: 400 };
    listing([ROW], { e1: EVENT });
    expect(await observe({ ...lead, ghlAppointmentId: "e1" })).toMatchObject({
      items: [OBSERVED],
      complete: true,
      foundContactId: "c1",
    });
    expect(server.requests.slice(1)).toEqual([`GET ${event("e1")}`, `GET ${LIST}`]);
  });

  it("keeps the stored appointment where that names no contact", async () => {
    listing([], { e1: { ...EVENT, contactId: "" } });
    expect(await observe({ ghlContactId: " ", ghlAppointmentId: "e1" })).toEqual({
      items: [OBSERVED],
      listed: false,
      complete: false,
      oddRows: 0,
      foundContactId: null,
    });
  });

  it("and without anything else has nothing to ask with", async () => {
    expect(await observe({ ghlContactId: null })).toMatchObject({ items: [], complete: false });
    expect(server.requests).toEqual([]);
  });
});

describe("bad input", () => {
  it("costs only the odd rows, and the list's completeness", async () => {
    listing([null, 7, "e1", [], {}, { id: "" }, { ...ROW, id: "e3", appointmentStatus: 5 }, ROW], { e1: EVENT });
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: false, oddRows: 7 });
  });

  it("never lets a NUL through", async () => {
    listing([{ ...ROW, calendarId: "cal\0X" }], {
      e1: { ...EVENT, calendarId: "cal\0X", appointmentStatus: "cancel\0led" },
    });
    expect((await observe()).items).toMatchObject([{ calendarId: "calX", status: "canceled" }]);
  });

  it.each(["null", "7", '"x"', "{}", '{"events":{}}', "<html></html>", '{"events":[{"id":'])(
    "is a malformed list: %s",
    async (body) => {
      world[LIST] = { body };
      await expect(observe()).rejects.toMatchObject({ kind: "malformed" });
    },
  );

  it.each(["null", "[]", "7", "{}", '{"event":null}', '{"event":{}}'])("is a malformed event: %s", async (body) => {
    listing([ROW]);
    world[event("e1")] = { body };
    await expect(observe()).rejects.toMatchObject({ kind: "malformed" });
  });

  it.each([
    [{ status: 401 }, { kind: "auth", credentialDead: true }],
    [{ status: 403 }, { kind: "auth", credentialDead: true }],
    [{ status: 422, body: { message: ["property limit should not exist"] } }, { kind: "permanent" }],
    [{ status: 429 }, { kind: "rate_limited", retryAfterMs: 10_000 }],
    [{ status: 500 }, { kind: "transient" }],
  ])("fails the observation with what it means: %j", async (answer, expected) => {
    world[LIST] = answer;
    await expect(observe()).rejects.toMatchObject(expected);
    listing([ROW]);
    world[event("e1")] = answer;
    await expect(observe()).rejects.toMatchObject(expected);
  });
});

it("stops with the signal's reason", async () => {
  const reason = new CutOffError("stop");
  listing([ROW], { e1: EVENT });
  await expect(createSource().observe(subject(), AbortSignal.abort(reason))).rejects.toBe(reason);
});
