import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KnownAppointment, LeadSubject } from "@/lib/appointment-reconcile/source";
import { CutOffError } from "@/lib/core/errors";
import { unlimited } from "../limiter";
import { type Loopback, type Reply, reply, startLoopback } from "../testing/loopback";
import { createCalendlyAppointmentSource } from "./appointments";
import { createCalendlyRequester } from "./requester";

const ORGANIZATION = "https://api.calendly.com/organizations/ORG1";
const EMAIL = "ada@example.com";
const HOST = "https://api.calendly.com";
const EMBED_HOST = "https://calendly.com/api/v2";
const LISTED = "/scheduled_events";
const eventPath = (event: string) => `/scheduled_events/${event}`;
const inviteesPath = (event: string) => `/scheduled_events/${event}/invitees`;
const inviteePath = (event: string, invitee: string) => `/scheduled_events/${event}/invitees/${invitee}`;
const LIST_QUERY = `organization=${encodeURIComponent(ORGANIZATION)}&invitee_email=ada%40example.com&count=100`;

const event = (uuid: string, fields: Record<string, unknown> = {}) => ({
  uri: HOST + eventPath(uuid),
  status: "active",
  start_time: "2030-03-12T15:00:00.678123Z",
  end_time: "2030-03-12T15:30:00.000000Z",
  updated_at: "2030-03-01T10:00:00.000000Z",
  ...fields,
});
const invitee = (eventUuid: string, uuid: string, fields: Record<string, unknown> = {}) => ({
  uri: HOST + inviteePath(eventUuid, uuid),
  event: HOST + eventPath(eventUuid),
  email: EMAIL,
  status: "active",
  created_at: "2030-03-01T10:00:00.000000Z",
  updated_at: "2030-03-02T10:00:00.000000Z",
  rescheduled: false,
  new_invitee: null,
  no_show: null,
  ...fields,
});
const movedTo = (uri: string) => ({ status: "canceled", rescheduled: true, new_invitee: uri });

/** What EV1 and its invitee IN1 look like. */
const OBSERVED = {
  externalId: HOST + inviteePath("EV1", "IN1"),
  calendlyScheduledEventUri: HOST + eventPath("EV1"),
  calendarId: null,
  status: "confirmed",
  startAt: new Date("2030-03-12T15:00:00.678Z"),
  endAt: new Date("2030-03-12T15:30:00Z"),
  startApproximate: false,
  bookedAt: new Date("2030-03-01T10:00:00Z"),
  canceledAt: null,
  cancelReason: null,
  providerUpdatedAt: new Date("2030-03-02T10:00:00Z"),
  successorId: null,
};

/** What the provider answers, by path, or by path and page token; everything else is 404. */
let world: Record<string, Reply>;
let server: Loopback;

beforeEach(async () => {
  world = {};
  server = await startLoopback((_request, response, url) => {
    const token = url.searchParams.get("page_token");
    const key = token === null ? url.pathname : `${url.pathname} ${token}`;
    reply(response, world[key] ?? { status: 404, body: { title: "Resource Not Found" } });
  });
});
afterEach(() => server.close());

function page(collection: unknown[], nextPageToken: string | null = null): Reply {
  return { body: { collection, pagination: { count: collection.length, next_page_token: nextPageToken } } };
}

/** Puts an event with its invitees into the world; it still has to be listed. */
function hold(one: ReturnType<typeof event>, ...invitees: ReturnType<typeof invitee>[]): void {
  const path = new URL(one.uri).pathname;
  world[path] = { body: { resource: one } };
  world[`${path}/invitees`] = page(invitees);
  for (const each of invitees) world[new URL(each.uri).pathname] = { body: { resource: each } };
}

function createSource() {
  const options = { baseUrl: server.url, token: "token-1", limiter: unlimited, timeoutMs: 5000 };
  return createCalendlyAppointmentSource({
    requester: createCalendlyRequester(options),
    organizationUri: ORGANIZATION,
  });
}

function subject(fields: Partial<LeadSubject> = {}): LeadSubject {
  return {
    leadId: "lead1",
    email: EMAIL,
    ghlContactId: null,
    ghlAppointmentId: null,
    calendlyInviteeUri: null,
    calendlyScheduledEventUri: null,
    known: [],
    ...fields,
  };
}

function known(fields: Partial<KnownAppointment> = {}): KnownAppointment {
  return {
    externalId: OBSERVED.externalId,
    calendlyScheduledEventUri: OBSERVED.calendlyScheduledEventUri,
    status: "confirmed",
    startAt: OBSERVED.startAt,
    endAt: OBSERVED.endAt,
    ...fields,
  };
}

const observe = (fields?: Partial<LeadSubject>) =>
  createSource().observe(subject(fields), new AbortController().signal);

describe("an invitee that the lead's address leads to", () => {
  it("is observed with its event's times and its own dates", async () => {
    hold(event("EV1"), invitee("EV1", "IN1"));
    world[LISTED] = page([event("EV1")]);
    expect(await observe()).toEqual({
      items: [OBSERVED],
      listed: true,
      complete: true,
      oddRows: 0,
      foundContactId: null,
    });
    expect(server.requests).toEqual([
      `GET ${LISTED}?${LIST_QUERY}`,
      `GET ${inviteesPath("EV1")}?email=ada%40example.com&count=100`,
    ]);
  });

  it("is known by its address in any case, and others in its group are not it", async () => {
    const others = [invitee("EV1", "IN2", { email: "bob@example.com", status: "canceled" })];
    hold(event("EV1"), ...others, invitee("EV1", "IN1", { email: "ADA@example.com" }));
    world[LISTED] = page([event("EV1")]);
    expect(await observe({ email: " Ada@Example.com " })).toMatchObject({ items: [OBSERVED], complete: true });
  });

  it.each([
    [{ status: "canceled" }, "active", "canceled"],
    [movedTo(HOST + inviteePath("EV2", "IN2")), "canceled", "rescheduled"],
    [{ status: "canceled", rescheduled: true }, "canceled", "canceled"],
    [{ no_show: { uri: `${HOST}/invitee_no_shows/N1` } }, "active", "no_show"],
    [{}, "active", "confirmed"],
    [{}, "canceled", "canceled"],
  ])("with %j in an event that is %s is %s", async (fields, eventStatus, status) => {
    const one = event("EV1", { status: eventStatus });
    hold(one, invitee("EV1", "IN1", fields));
    world[LISTED] = page([one]);
    expect((await observe()).items[0]?.status).toBe(status);
  });

  it("was cancelled when it last changed, for the reason given", async () => {
    const cancellation = { canceled_by: "Ada", reason: " Conflict ", canceler_type: "invitee" };
    hold(event("EV1"), invitee("EV1", "IN1", { status: "canceled", cancellation }));
    world[LISTED] = page([event("EV1")]);
    const canceledAt = OBSERVED.providerUpdatedAt;
    expect((await observe()).items).toEqual([
      { ...OBSERVED, status: "canceled", canceledAt, cancelReason: "Conflict" },
    ]);
  });
});

it("was cancelled when its event was, where only the event says so", async () => {
  const updated_at = "2030-03-05T10:00:00.000000Z";
  const one = event("EV1", { status: "canceled", updated_at, cancellation: { reason: "Host is ill" } });
  hold(one, invitee("EV1", "IN1"));
  world[LISTED] = page([one]);
  const canceledAt = new Date("2030-03-05T10:00:00Z");
  expect((await observe()).items).toEqual([
    { ...OBSERVED, status: "canceled", canceledAt, cancelReason: "Host is ill" },
  ]);
});

describe("a listing of many pages", () => {
  it("is read to its end with the same filters, and counts what is repeated once", async () => {
    for (const uuid of ["EV1", "EV2", "EV3"]) hold(event(uuid), invitee(uuid, `IN-${uuid}`));
    world[LISTED] = page([event("EV1"), event("EV2")], "p2");
    world[`${LISTED} p2`] = page([event("EV2"), event("EV1")], "p3");
    world[`${LISTED} p3`] = page([event("EV3")]);
    const { items, complete } = await observe();
    expect(items.map((item) => item.externalId.split("/").at(-1))).toEqual(["IN-EV1", "IN-EV2", "IN-EV3"]);
    expect(complete).toBe(true);
    expect(server.requests.slice(0, 3)).toEqual([
      `GET ${LISTED}?${LIST_QUERY}`,
      `GET ${LISTED}?${LIST_QUERY}&page_token=p2`,
      `GET ${LISTED}?${LIST_QUERY}&page_token=p3`,
    ]);
    expect(server.requests).toHaveLength(6);
  });

  it("also goes for the invitees of a large event", async () => {
    hold(event("EV1"));
    world[LISTED] = page([event("EV1")]);
    world[inviteesPath("EV1")] = page([invitee("EV1", "IN9", { email: "bob@example.com" })], "p2");
    world[`${inviteesPath("EV1")} p2`] = page([invitee("EV1", "IN1"), invitee("EV1", "IN1", { status: "canceled" })]);
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: true });
    expect(server.requests).toContain(`GET ${inviteesPath("EV1")}?email=ada%40example.com&count=100&page_token=p2`);
  });

  it("is incomplete when its token leads in circles", async () => {
    hold(event("EV1"), invitee("EV1", "IN1"));
    world[LISTED] = page([event("EV1")], "p2");
    world[`${LISTED} p2`] = page([event("EV1")], "p2");
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: false, oddRows: 0 });
    expect(server.requests.filter((request) => request.startsWith(`GET ${LISTED}?`))).toHaveLength(2);
  });

  it("is incomplete when it goes on for more than fifty pages", async () => {
    world[LISTED] = page([], "p1");
    for (let number = 1; number < 60; number += 1) world[`${LISTED} p${number}`] = page([], `p${number + 1}`);
    expect(await observe()).toMatchObject({ items: [], complete: false });
    expect(server.requests).toHaveLength(50);
  });

  it("is incomplete when it does not say whether it goes on", async () => {
    world[LISTED] = { body: { collection: [] } };
    expect(await observe()).toMatchObject({ items: [], complete: false });
  });
});

describe("an event that is cancelled on record", () => {
  it.each(["canceled", "rescheduled"] as const)("(%s) and still is, is not asked about again", async (status) => {
    const one = event("EV1", { status: "canceled" });
    hold(one, invitee("EV1", "IN1"));
    world[LISTED] = page([one]);
    const externalId = EMBED_HOST + inviteePath("EV1", "IN1");
    const { items, complete } = await observe({ known: [known({ status, externalId })] });
    expect(items).toMatchObject([{ externalId, status, startAt: OBSERVED.startAt, canceledAt: null, bookedAt: null }]);
    expect(complete).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    ["active", [known({ status: "canceled" })]],
    ["canceled", [known({ status: "confirmed" })]],
    ["canceled", [known({ status: "canceled" }), known({ externalId: HOST + inviteePath("EV1", "IN2") })]],
    ["canceled", []],
  ])("is asked about when the two disagree (%#)", async (status, recorded) => {
    const one = event("EV1", { status });
    hold(one, invitee("EV1", "IN1"));
    world[LISTED] = page([one]);
    await observe({ known: recorded });
    expect(server.requests.some((request) => request.startsWith(`GET ${inviteesPath("EV1")}?`))).toBe(true);
  });
});

describe("an invitee that the listing lacks", () => {
  const booked = invitee("EV1", "IN1", { email: "ada.private@example.com" });

  it.each([
    ["stored with the lead", { calendlyInviteeUri: OBSERVED.externalId }],
    ["stored in the widget's spelling", { calendlyInviteeUri: EMBED_HOST + inviteePath("EV1", "IN1") }],
    ["confirmed on record", { known: [known()] }],
    ["both", { calendlyInviteeUri: EMBED_HOST + inviteePath("EV1", "IN1"), known: [known()] }],
  ])("is asked for directly, once, at the configured address: %s", async (_name, fields) => {
    hold(event("EV1"), booked);
    world[LISTED] = page([]);
    expect(await observe(fields)).toMatchObject({ items: [OBSERVED], complete: true });
    expect(server.requests.slice(1)).toEqual([`GET ${inviteePath("EV1", "IN1")}`, `GET ${eventPath("EV1")}`]);
  });

  it("may be stored without its event, which is then stored beside it", async () => {
    hold(event("EV1"), booked);
    world[LISTED] = page([]);
    const stored = { calendlyInviteeUri: `${HOST}/invitees/IN1`, calendlyScheduledEventUri: HOST + eventPath("EV1") };
    expect((await observe(stored)).items).toEqual([OBSERVED]);
  });

  it("is left out when it is gone, beside a complete listing", async () => {
    world[LISTED] = page([]);
    expect(await observe({ calendlyInviteeUri: OBSERVED.externalId })).toMatchObject({ items: [], complete: true });
  });

  it("has no times when its event is gone", async () => {
    world[LISTED] = page([]);
    world[inviteePath("EV1", "IN1")] = { body: { resource: booked } };
    const { items } = await observe({ known: [known()] });
    expect(items).toMatchObject([{ status: "confirmed", startAt: null, calendlyScheduledEventUri: null }]);
  });

  it("is not asked for when it is settled, of another provider, or no URI", async () => {
    world[LISTED] = page([]);
    await observe({
      calendlyInviteeUri: "http://127.0.0.1:1/scheduled_events/../invitees/IN1",
      known: [known({ status: "no_show" }), known({ externalId: "ghl-e1", calendlyScheduledEventUri: null })],
    });
    expect(server.requests).toHaveLength(1);
  });

  it("fails the observation when the answer is about another one", async () => {
    world[LISTED] = page([]);
    world[inviteePath("EV1", "IN1")] = { body: { resource: invitee("EV1", "IN2") } };
    await expect(observe({ known: [known()] })).rejects.toMatchObject({ kind: "malformed" });
  });
});

describe("a lead without an e-mail address", () => {
  it("is listed by the address that its invitee was booked with, so that a re-booking is found", async () => {
    hold(event("EV1", { status: "canceled" }), invitee("EV1", "IN1", { status: "canceled" }));
    hold(event("EV2"), invitee("EV2", "IN2"));
    world[LISTED] = page([event("EV1", { status: "canceled" }), event("EV2")]);
    const { items, complete } = await observe({ email: null, calendlyInviteeUri: OBSERVED.externalId });
    expect(items.map((item) => item.status)).toEqual(["canceled", "confirmed"]);
    expect(complete).toBe(true);
    expect(server.requests.slice(0, 2)).toEqual([`GET ${inviteePath("EV1", "IN1")}`, `GET ${LISTED}?${LIST_QUERY}`]);
  });

  it("and whose invitee is gone has no listing", async () => {
    const uri = OBSERVED.externalId;
    expect(await observe({ email: " ", calendlyInviteeUri: uri })).toMatchObject({ items: [], complete: false });
    expect(server.requests).toEqual([`GET ${inviteePath("EV1", "IN1")}`]);
  });

  it("and without an invitee has nothing to ask with", async () => {
    expect(await observe({ email: null })).toMatchObject({ items: [], complete: false });
    expect(server.requests).toEqual([]);
  });
});

describe("a meeting that was moved", () => {
  it("leads to the one that replaced it, whatever address that has", async () => {
    hold(event("EV1", { status: "canceled" }), invitee("EV1", "IN1", movedTo(HOST + inviteePath("EV2", "IN2"))));
    hold(event("EV2"), invitee("EV2", "IN2", { email: "ada.new@example.com" }));
    world[LISTED] = page([event("EV1", { status: "canceled" })]);
    const { items } = await observe();
    expect(items).toMatchObject([
      { externalId: OBSERVED.externalId, status: "rescheduled", successorId: HOST + inviteePath("EV2", "IN2") },
      { externalId: HOST + inviteePath("EV2", "IN2"), status: "confirmed", successorId: null },
    ]);
  });

  it("is not followed to one that is listed already", async () => {
    hold(event("EV1"), invitee("EV1", "IN1", movedTo(EMBED_HOST + inviteePath("EV2", "IN2"))));
    hold(event("EV2"), invitee("EV2", "IN2"));
    world[LISTED] = page([event("EV1"), event("EV2")]);
    expect((await observe()).items).toHaveLength(2);
    expect(server.requests).toHaveLength(3);
  });

  it("is followed in chains, never in circles, and ten times at most", async () => {
    const chain = (length: number, last: Record<string, unknown>) => {
      for (let link = 1; link < length; link += 1) {
        hold(
          event(`EV${link}`),
          invitee(`EV${link}`, `IN${link}`, movedTo(HOST + inviteePath(`EV${link + 1}`, `IN${link + 1}`))),
        );
      }
      hold(event(`EV${length}`), invitee(`EV${length}`, `IN${length}`, last));
      world[LISTED] = page([event("EV1")]);
    };
    chain(3, movedTo(HOST + inviteePath("EV1", "IN1")));
    expect(await observe()).toMatchObject({ items: { length: 3 }, complete: true });
    chain(11, {});
    expect(await observe()).toMatchObject({ items: { length: 11 }, complete: true });
    chain(12, {});
    expect(await observe()).toMatchObject({ items: { length: 11 }, complete: false });
  });

  it("is asked for its successor once, even if that is gone", async () => {
    hold(event("EV1"), invitee("EV1", "IN1", movedTo(HOST + inviteePath("EV2", "IN2"))));
    world[LISTED] = page([event("EV1")]);
    expect(await observe()).toMatchObject({ items: [{ status: "rescheduled" }], complete: true });
    expect(server.requests).toHaveLength(3);
  });

  it("is named as it is on record, and so is its successor", async () => {
    hold(event("EV1"), invitee("EV1", "IN1", movedTo(HOST + inviteePath("EV2", "IN2"))));
    hold(event("EV2"), invitee("EV2", "IN2"));
    world[LISTED] = page([event("EV1"), event("EV2")]);
    const first = EMBED_HOST + inviteePath("EV1", "IN1");
    const second = EMBED_HOST + inviteePath("EV2", "IN2");
    const { items } = await observe({ known: [known({ externalId: first }), known({ externalId: second })] });
    expect(items).toMatchObject([{ externalId: first, successorId: second }, { externalId: second }]);
  });
});

describe("bad input", () => {
  it("costs only the odd rows, and the listing's completeness", async () => {
    hold(event("EV1"));
    world[LISTED] = page([null, 7, "EV1", [], {}, { uri: `${HOST}/users/U1` }, event("EV1")]);
    world[inviteesPath("EV1")] = page([
      null,
      { email: EMAIL },
      invitee("EV1", "IN3", { status: 7 }),
      invitee("EV1", "IN1"),
    ]);
    expect(await observe()).toMatchObject({ items: [OBSERVED], complete: false, oddRows: 9 });
  });

  it("leaves an event's invitees unknown when it is gone a moment later", async () => {
    world[LISTED] = page([event("EV1")]);
    expect(await observe()).toMatchObject({ items: [], complete: false, oddRows: 0 });
  });

  it("never lets a NUL through", async () => {
    const cancellation = { reason: "con\0flict" };
    hold(event("EV1"), invitee("EV1", "IN1", { status: "canceled", cancellation }));
    world[LISTED] = page([event("EV1")]);
    expect((await observe()).items[0]?.cancelReason).toBe("conflict");
  });

  it.each(["null", "[]", "7", "{}", '{"collection":null}', "<html></html>", '{"collection":['])(
    "is a malformed listing: %s",
    async (body) => {
      world[LISTED] = { body };
      await expect(observe()).rejects.toMatchObject({ kind: "malformed" });
      world[LISTED] = page([event("EV1")]);
      world[inviteesPath("EV1")] = { body };
      await expect(observe()).rejects.toMatchObject({ kind: "malformed" });
    },
  );

  it.each(["null", "[]", "{}", '{"resource":null}', '{"resource":{}}'])("is a malformed invitee: %s", async (body) => {
    world[LISTED] = page([]);
    world[inviteePath("EV1", "IN1")] = { body };
    await expect(observe({ known: [known()] })).rejects.toMatchObject({ kind: "malformed" });
  });

  it.each([
    [{ status: 400 }, { kind: "permanent" }],
    [{ status: 401 }, { kind: "auth", credentialDead: true }],
    [{ status: 403 }, { kind: "auth", credentialDead: true }],
    [{ status: 404 }, { kind: "not_found" }],
    [
      { status: 429, headers: { "x-ratelimit-reset": "40" } },
      { kind: "rate_limited", retryAfterMs: 40_000 },
    ],
    [{ status: 429 }, { kind: "rate_limited", retryAfterMs: 60_000 }],
    [{ status: 500 }, { kind: "transient" }],
  ])("fails the observation with what it means: %j", async (answer, expected) => {
    world[LISTED] = answer;
    await expect(observe()).rejects.toMatchObject(expected);
  });
});

it("stops with the signal's reason", async () => {
  const reason = new CutOffError("stop");
  await expect(createSource().observe(subject(), AbortSignal.abort(reason))).rejects.toBe(reason);
});
