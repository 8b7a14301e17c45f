import { describe, expect, it } from "vitest";
import { readCalendlyEvent, readCalendlyInvitee, readPage, readResource } from "./wire";

const EVENT_URI = "https://api.calendly.com/scheduled_events/EV1";
const INVITEE_URI = `${EVENT_URI}/invitees/IN1`;

describe("an event", () => {
  it("has its instants, to the millisecond", () => {
    const event = readCalendlyEvent({ uri: EVENT_URI, status: "active", start_time: "2030-03-12T15:00:00.678123Z" });
    expect(event).toMatchObject({
      uuid: "EV1",
      canceled: false,
      startAt: new Date("2030-03-12T15:00:00.678Z"),
      endAt: null,
    });
  });

  it.each([
    ["canceled", true],
    ["Cancelled", true],
    ["active", false],
    [null, false],
    [undefined, false],
  ])("with status %s is cancelled: %s", (status, canceled) => {
    expect(readCalendlyEvent({ uri: EVENT_URI, status })?.canceled).toBe(canceled);
  });

  it.each([
    null,
    7,
    "x",
    [],
    {},
    { uri: 7 },
    { uri: "https://api.calendly.com/users/U1" },
    { uri: EVENT_URI, status: 1 },
  ])("is not %j", (value) => {
    expect(readCalendlyEvent(value)).toBeNull();
  });
});

describe("an invitee", () => {
  const read = (fields: Record<string, unknown>) => readCalendlyInvitee({ uri: INVITEE_URI, ...fields });

  it.each([
    [{ status: "active" }, { canceled: false, noShow: false, successor: null }],
    [{ status: "canceled" }, { canceled: true }],
    [{ canceled: true }, { canceled: true }],
    [{ status: "active", canceled: false, no_show: { uri: "x" } }, { noShow: true }],
    [{ no_show: null }, { noShow: false }],
    [{ rescheduled: true, new_invitee: null }, { successor: null }],
    [{ rescheduled: false, new_invitee: INVITEE_URI }, { successor: null }],
    [{ rescheduled: true, new_invitee: INVITEE_URI }, { successor: { uri: INVITEE_URI } }],
    [{ email: " Ada@Example.COM " }, { email: "ada@example.com" }],
    [
      { email: 7, no_show: "x", rescheduled: "yes", cancellation: "gone" },
      { email: null, noShow: false },
    ],
  ])("with %j is %j", (fields, expected) => {
    expect(read(fields)).toMatchObject(expected);
  });

  it.each([
    ["  changed my mind \n", "changed my mind"],
    ["   ", null],
    [null, null],
    ["x".repeat(900), "x".repeat(500)],
    ["🙂".repeat(900), "🙂".repeat(500)],
  ])("has its cancellation's reason, trimmed and bounded (%#)", (reason, expected) => {
    expect(read({ cancellation: { reason } })?.cancelReason).toBe(expected);
  });

  it("takes its event from its own field where its URI does not name it", () => {
    const uri = "https://api.calendly.com/invitees/IN1";
    expect(readCalendlyInvitee({ uri, event: EVENT_URI })?.ref).toEqual({ eventUuid: "EV1", inviteeUuid: "IN1" });
    expect(readCalendlyInvitee({ uri })).toBeNull();
  });

  it.each([null, 7, "x", [], {}, { uri: null }, { uri: INVITEE_URI, status: {} }])("is not %j", (value) => {
    expect(readCalendlyInvitee(value)).toBeNull();
  });
});

describe("a page", () => {
  it.each([
    [
      { collection: [1], pagination: { next_page_token: "p2" } },
      { kind: "token", token: "p2" },
    ],
    [{ collection: [], pagination: { next_page_token: null } }, { kind: "end" }],
    [{ collection: [], pagination: {} }, { kind: "end" }],
    [{ collection: [], pagination: { next_page_token: "" } }, { kind: "end" }],
    [{ collection: [] }, { kind: "unclear" }],
    [{ collection: [], pagination: "x" }, { kind: "unclear" }],
    [{ collection: [], pagination: { next_page_token: 7 } }, { kind: "unclear" }],
  ])("%j goes on with %j", (body, next) => {
    expect(readPage(body)?.next).toEqual(next);
  });

  it.each([null, 7, "x", [], {}, { collection: null }, { collection: {} }])("is not %j", (body) => {
    expect(readPage(body)).toBeNull();
  });
});

it("unwraps a resource", () => {
  expect(readResource({ resource: 7 })).toBe(7);
  for (const body of [null, [], {}, "x"]) expect(readResource(body)).toBeUndefined();
});
