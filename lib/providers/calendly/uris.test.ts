import { describe, expect, it } from "vitest";
import { readEventUuid, readInviteeRef } from "./uris";

const REF = { eventUuid: "EV-1", inviteeUuid: "IN_2" };

describe("an invitee's URI", () => {
  it.each([
    "https://api.calendly.com/scheduled_events/EV-1/invitees/IN_2",
    "https://calendly.com/api/v2/scheduled_events/EV-1/invitees/IN_2",
    "http://127.0.0.1:4000/scheduled_events/EV-1/invitees/IN_2/",
    " https://api.calendly.com/scheduled_events/EV-1/invitees/IN_2?x=1#y ",
  ])("names the invitee and its event: %s", (uri) => {
    expect(readInviteeRef(uri)).toEqual(REF);
  });

  it("may leave its event to be named elsewhere", () => {
    const uri = "https://api.calendly.com/invitees/IN_2";
    expect(readInviteeRef(uri)).toBeNull();
    expect(readInviteeRef(uri, "https://calendly.com/api/v2/scheduled_events/EV-1")).toEqual(REF);
  });

  it.each([
    "",
    "e1",
    "https://api.calendly.com/scheduled_events/EV-1",
    "https://api.calendly.com/scheduled_events/EV-1/invitees/",
    "https://api.calendly.com/scheduled_events/EV-1/invitees/..",
    "https://api.calendly.com/scheduled_events/../invitees/IN_2",
    "https://api.calendly.com/scheduled_events/EV-1/invitees/%2e%2e",
    "https://api.calendly.com/scheduled_events/EV-1/invitees/a@example.com",
    "https://api.calendly.com/x?y=/scheduled_events/EV-1/invitees/IN_2",
    null,
    7,
  ])("is not %j", (value) => {
    expect(readInviteeRef(value)).toBeNull();
  });
});

it("reads an event's URI in either spelling, and nothing else", () => {
  expect(readEventUuid("https://api.calendly.com/scheduled_events/EV-1")).toBe("EV-1");
  expect(readEventUuid("https://calendly.com/api/v2/scheduled_events/EV-1/")).toBe("EV-1");
  for (const value of ["", "EV-1", "https://api.calendly.com/scheduled_events/..", null, {}]) {
    expect(readEventUuid(value)).toBeNull();
  }
});
