import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { askCalendly } from "./asking";
import type { CalendlyOrganization } from "./calendly-model";
import { type Sandbox, startSandbox } from "./sandbox";

const BOOKED_ON = new Date("2030-03-01T16:00:00.123Z");
const START = new Date("2030-03-12T15:00:00Z");
const LATER = new Date("2030-03-14T15:00:00Z");
const ADA = "ada@example.com";
const BOB = "bob@example.com";

let sandbox: Sandbox;
let organization: CalendlyOrganization;

beforeAll(async () => {
  sandbox = await startSandbox({ clock: { now: () => BOOKED_ON } });
});
afterAll(() => sandbox.stop());
beforeEach(() => {
  organization = sandbox.calendly.addOrganization();
});

const ask = (path: string, query: Record<string, string> = {}, as: { token: string } = organization) =>
  askCalendly(sandbox, as, path, query);
const list = (query: Record<string, string> = {}, as: { token: string } = organization) =>
  ask("/scheduled_events", { organization: organization.uri, ...query }, as);
const book = (email = ADA, start = START) => sandbox.calendly.book(email, { organizationUri: organization.uri, start });
const pathOf = (uri: string) => new URL(uri).pathname;

describe("a booking", () => {
  it("is an event with one invitee, timed in UTC with microseconds", async () => {
    const { uri, event } = book();
    expect((await list({ invitee_email: "ADA@example.com" })).body).toMatchObject({
      collection: [
        {
          uri: event.uri,
          status: "active",
          start_time: "2030-03-12T15:00:00.000000Z",
          end_time: "2030-03-12T15:30:00.000000Z",
          invitees_counter: { total: 1, active: 1, limit: 1 },
        },
      ],
      pagination: { count: 1, next_page_token: null },
    });
    expect((await ask(`${pathOf(event.uri)}/invitees`)).body).toMatchObject({
      collection: [{ uri, event: event.uri, email: ADA, status: "active", created_at: "2030-03-01T16:00:00.123000Z" }],
    });
    expect((await ask(pathOf(event.uri))).body).toMatchObject({ resource: { uri: event.uri } });
    expect((await ask(pathOf(uri))).body).toMatchObject({ resource: { uri, rescheduled: false, no_show: null } });
  });

  it("has URIs of the public host, whatever host answers", () => {
    expect(book().uri).toMatch(
      /^https:\/\/api\.calendly\.com\/scheduled_events\/[0-9a-f-]{36}\/invitees\/[0-9a-f-]{36}$/,
    );
  });

  it("can come with nulls wherever they are allowed", async () => {
    organization.detail = "sparse";
    const { uri, event } = book();
    expect((await ask(pathOf(event.uri))).body).toMatchObject({
      resource: { name: null, location: null, calendar_event: null },
    });
    expect((await ask(pathOf(uri))).body).toMatchObject({ resource: { first_name: null, timezone: null } });
  });
});

describe("what people do to a booking", () => {
  const truth = (email = ADA) => sandbox.truthOf({ organizationUri: organization.uri, email });

  it("cancelling it cancels the event", async () => {
    const { uri, event } = book();
    sandbox.calendly.cancel(uri, { reason: "Ill" });
    const cancellation = { reason: "Ill", canceler_type: "invitee" };
    expect((await ask(pathOf(uri))).body).toMatchObject({ resource: { status: "canceled", cancellation } });
    expect((await ask(pathOf(event.uri))).body).toMatchObject({ resource: { status: "canceled", cancellation } });
    expect(truth()).toEqual([expect.objectContaining({ externalId: uri, status: "canceled", startAt: START })]);
  });

  it("in a group, one who cancels leaves the event to the others", async () => {
    const ada = sandbox.calendly.book(ADA, { organizationUri: organization.uri, start: START, seats: 5 });
    const bob = sandbox.calendly.book(BOB, { group: ada.event.uri });
    sandbox.calendly.cancel(ada.uri);
    expect((await ask(pathOf(ada.event.uri))).body).toMatchObject({
      resource: { status: "active", invitees_counter: { total: 2, active: 1, limit: 5 } },
    });
    expect([truth(ADA), truth(BOB)]).toMatchObject([[{ status: "canceled" }], [{ status: "confirmed" }]]);
    sandbox.calendly.cancel(bob.uri);
    expect((await ask(pathOf(ada.event.uri))).body).toMatchObject({ resource: { status: "canceled" } });
  });

  it("moving it makes a new event, and links the two invitees but not the events", async () => {
    const old = book();
    const moved = sandbox.calendly.reschedule(old.uri, LATER);
    expect((await ask(pathOf(old.uri))).body).toMatchObject({
      resource: { status: "canceled", rescheduled: true, new_invitee: moved.uri },
    });
    expect((await ask(pathOf(moved.uri))).body).toMatchObject({ resource: { status: "active", old_invitee: old.uri } });
    expect((await ask(pathOf(old.event.uri))).body).toMatchObject({ resource: { status: "canceled" } });
    expect(truth()).toMatchObject([
      { externalId: old.uri, status: "rescheduled", startAt: START },
      { externalId: moved.uri, status: "confirmed", startAt: LATER, endAt: new Date("2030-03-14T15:30:00Z") },
    ]);
  });

  it("moving it under another address shows only by the link", async () => {
    const old = book();
    const moved = sandbox.calendly.reschedule(old.uri, LATER, { email: BOB });
    expect((await list({ invitee_email: ADA })).body).toMatchObject({ collection: [{ uri: old.event.uri }] });
    expect(truth(BOB)).toMatchObject([{ externalId: moved.uri, status: "confirmed" }]);
  });

  it("the host can call off the event, with or without the invitees' rows following at once", async () => {
    const first = book();
    sandbox.calendly.cancelEvent(first.event.uri);
    expect((await ask(pathOf(first.uri))).body).toMatchObject({ resource: { status: "canceled" } });
    const second = book(BOB);
    sandbox.calendly.cancelEvent(second.event.uri, { invitees: "untouched" });
    expect((await ask(pathOf(second.uri))).body).toMatchObject({ resource: { status: "active" } });
    expect(truth(BOB)).toMatchObject([{ status: "canceled" }]);
  });

  it("who had cancelled before the host called it off keeps their own reason", async () => {
    const ada = sandbox.calendly.book(ADA, { organizationUri: organization.uri, start: START, seats: 2 });
    const bob = sandbox.calendly.book(BOB, { group: ada.event.uri });
    sandbox.calendly.cancel(ada.uri, { reason: "Ill" });
    sandbox.calendly.cancelEvent(ada.event.uri, { reason: "Storm" });
    expect((await ask(pathOf(ada.uri))).body).toMatchObject({ resource: { cancellation: { reason: "Ill" } } });
    expect((await ask(pathOf(bob.uri))).body).toMatchObject({ resource: { cancellation: { reason: "Storm" } } });
  });

  it("a no-show is marked on the invitee, who stays active", async () => {
    const { uri } = book();
    sandbox.calendly.markNoShow(uri);
    expect((await ask(pathOf(uri))).body).toMatchObject({
      resource: { status: "active", no_show: { created_at: expect.any(String) } },
    });
    expect(truth()).toMatchObject([{ status: "no_show" }]);
  });

  it("deleted data is 404 and not listed", async () => {
    const { uri, event } = book();
    sandbox.calendly.remove(uri);
    expect((await ask(pathOf(uri))).status).toBe(404);
    expect((await ask(pathOf(event.uri))).status).toBe(404);
    expect((await list({ invitee_email: ADA })).body).toMatchObject({ collection: [] });
    expect(truth()).toMatchObject([{ status: "canceled", removed: true }]);
  });
});

describe("listing events", () => {
  const starts = Array.from({ length: 45 }, (_, index) => new Date(START.getTime() + index * 3_600_000));
  const page = z.object({
    collection: z.array(z.looseObject({ start_time: z.string() })),
    pagination: z.looseObject({ next_page_token: z.string().nullable(), previous_page_token: z.string().nullable() }),
  });
  const listPage = async (query: Record<string, string>) => page.parse((await list(query)).body);

  beforeEach(() => {
    for (const start of starts.toReversed()) book(ADA, start);
  });

  it("gives 20 a page in the order of their starts, and each once over all pages", async () => {
    const seen: string[] = [];
    const sizes: number[] = [];
    let token: string | null = null;
    do {
      const read: z.infer<typeof page> = await listPage({ invitee_email: ADA, ...(token && { page_token: token }) });
      seen.push(...read.collection.map(({ start_time }) => start_time));
      sizes.push(read.collection.length);
      token = read.pagination.next_page_token;
    } while (token !== null);
    expect(sizes).toEqual([20, 20, 5]);
    expect(seen).toEqual(starts.map((start) => start.toISOString().replace("Z", "000Z")));
  });

  it("gives up to 100 where asked, and refuses more", async () => {
    expect((await listPage({ count: "100" })).collection).toHaveLength(45);
    expect((await list({ count: "101" })).status).toBe(400);
    expect((await list({ count: "0" })).status).toBe(400);
  });

  it("refuses a page token beside other filters than it was given for", async () => {
    const { pagination } = await listPage({ invitee_email: ADA });
    const token = { page_token: pagination.next_page_token ?? "" };
    expect((await list({ ...token, invitee_email: ADA })).status).toBe(200);
    expect((await list({ ...token, invitee_email: ADA, count: "5" })).status).toBe(200);
    expect((await list({ ...token, invitee_email: ADA, status: "active" })).status).toBe(400);
    expect((await list({ page_token: "made-up" })).status).toBe(400);
  });

  it("filters by status and start, and sorts the other way", async () => {
    book(BOB, new Date("2029-01-01T00:00:00Z"));
    expect((await listPage({ max_start_time: "2029-06-01T00:00:00.000000Z" })).collection).toHaveLength(1);
    expect((await listPage({ min_start_time: "2029-06-01T00:00:00Z", count: "100" })).collection).toHaveLength(45);
    const latest = { collection: [{ start_time: starts.at(-1)?.toISOString().replace("Z", "000Z") }] };
    expect(await listPage({ sort: "start_time:desc", count: "1" })).toMatchObject(latest);
    expect((await listPage({ status: "canceled" })).collection).toEqual([]);
  });
});

describe("listing invitees", () => {
  it("filters by address and status, and pages", async () => {
    const ada = sandbox.calendly.book(ADA, { organizationUri: organization.uri, start: START, seats: 9 });
    const bob = sandbox.calendly.book(BOB, { group: ada.event.uri });
    sandbox.calendly.cancel(bob.uri);
    const invitees = (query: Record<string, string>) => ask(`${pathOf(ada.event.uri)}/invitees`, query);
    expect((await invitees({ email: "Bob@example.com" })).body).toMatchObject({ collection: [{ uri: bob.uri }] });
    expect((await invitees({ status: "active" })).body).toMatchObject({ collection: [{ uri: ada.uri }] });
    expect((await invitees({ sort: "created_at:desc" })).body).toMatchObject({
      collection: [{ uri: bob.uri }, { uri: ada.uri }],
    });
    expect((await invitees({ count: "1" })).body).toMatchObject({
      collection: [{ uri: ada.uri }],
      pagination: { next_page: expect.stringContaining("https://api.calendly.com/scheduled_events/") },
    });
  });
});

describe("strictness", () => {
  it("refuses an unknown token, and does not write it down", async () => {
    const reply = await ask("/users/me", {}, { token: "pat-unheard-of" });
    expect(reply).toMatchObject({ status: 401, body: { title: "Unauthenticated" } });
    expect(JSON.stringify(sandbox.ledger.entries)).not.toContain("pat-unheard-of");
  });

  it("tells an owner and a member who they are, and what is theirs to see", async () => {
    const member = sandbox.calendly.addMember(organization.uri);
    const mine = { organizationUri: organization.uri, start: START, hostUri: member.uri };
    const hosted = sandbox.calendly.book(ADA, mine);
    const others = book(BOB);
    expect((await ask("/users/me", {}, member)).body).toMatchObject({
      resource: { uri: member.uri, current_organization: organization.uri },
    });
    expect((await list({}, member)).status).toBe(403);
    expect((await list({ user: member.uri }, member)).body).toMatchObject({ collection: [{ uri: hosted.event.uri }] });
    expect((await ask("/scheduled_events", { user: organization.ownerUri }, member)).status).toBe(403);
    expect((await ask(pathOf(others.event.uri), {}, member)).status).toBe(403);
    expect((await list({ user: member.uri })).body).toMatchObject({ collection: [{ uri: hosted.event.uri }] });
  });

  it("keeps organizations apart", async () => {
    const stranger = sandbox.calendly.addOrganization();
    const { uri, event } = book();
    expect((await list({}, stranger)).status).toBe(403);
    expect((await ask(pathOf(event.uri), {}, stranger)).status).toBe(403);
    expect((await ask(pathOf(uri), {}, stranger)).status).toBe(403);
    expect((await list({ user: stranger.ownerUri })).status).toBe(403);
  });

  it.each([
    ["neither organization nor user", { organization: "" }],
    ["an organization that is no URI", { organization: "ORG1" }],
    ["an unknown parameter", { contact: "1" }],
    ["a parameter with a name of the language's own", { constructor: "1" }],
    ["a status that does not exist", { status: "cancelled" }],
    ["a time without a zone", { min_start_time: "2030-03-12 10:00" }],
    ["an address that is none", { invitee_email: "ada" }],
  ])("refuses %s", async (_, query) => {
    expect(await list(query)).toMatchObject({
      status: 400,
      body: { title: "Invalid Argument", message: expect.any(String) },
    });
  });

  it("answers 404 for what does not exist, an invitee of another event included", async () => {
    const { uuid } = book();
    const { event } = book(BOB);
    expect((await ask("/scheduled_events/nothing")).status).toBe(404);
    expect((await ask(`${pathOf(event.uri)}/invitees/${uuid}`)).status).toBe(404);
    expect((await ask("/event_types")).status).toBe(404);
  });
});
