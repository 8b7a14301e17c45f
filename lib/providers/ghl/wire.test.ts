import { describe, expect, it } from "vitest";
import {
  readFoundContact,
  readGhlAppointment,
  readGhlId,
  readListOfRows,
  readLocationTimeZone,
  readOneAppointment,
} from "./wire";

describe("the status of an appointment", () => {
  it.each([
    ["cancelled", "canceled"],
    ["canceled", "canceled"],
    ["invalid", "canceled"],
    ["showed", "showed"],
    ["completed", "showed"],
    ["noshow", "no_show"],
    ["no_show", "no_show"],
    ["no-show", "no_show"],
    ["new", "confirmed"],
    ["confirmed", "confirmed"],
    ["booked", "confirmed"],
    ["active", "confirmed"],
    ["something new", "confirmed"],
  ])("%s is %s, in any case", (word, status) => {
    for (const spelt of [word, word.toUpperCase(), ` ${word.charAt(0).toUpperCase()}${word.slice(1)} `]) {
      expect(readGhlAppointment({ id: "e", appointmentStatus: spelt })?.status).toBe(status);
    }
  });

  it.each([
    [{ appointmentStatus: "showed", appoinmentStatus: "cancelled", status: "booked" }, "showed"],
    [{ appoinmentStatus: "cancelled", status: "booked" }, "canceled"],
    [{ appointmentStatus: null, appoinmentStatus: "", status: "noshow" }, "no_show"],
    [{ appointmentStatus: " " }, null],
    [{}, null],
  ])("is the first word that is there: %j", (fields, status) => {
    expect(readGhlAppointment({ id: "e", ...fields })?.status).toBe(status);
  });

  it("spoils the appointment when it is no word", () => {
    expect(readGhlAppointment({ id: "e", appointmentStatus: 7 })).toBeNull();
    expect(readGhlAppointment({ id: "e", appointmentStatus: "confirmed", status: {} })).toBeNull();
  });

  it("is apart from a deletion", () => {
    expect(readGhlAppointment({ id: "e", appointmentStatus: "confirmed", deleted: true })?.deleted).toBe(true);
    expect(readGhlAppointment({ id: "e", deleted: "true" })?.deleted).toBe(true);
    expect(readGhlAppointment({ id: "e", deleted: null })?.deleted).toBe(false);
    expect(readGhlAppointment({ id: "e", deleted: "false" })?.deleted).toBe(false);
  });
});

describe("the id of an appointment", () => {
  it.each([
    [{ id: "a", eventId: "b" }, "a"],
    [{ id: "", eventId: "b", appointmentId: "c" }, "b"],
    [{ id: null, appointmentId: "c" }, "c"],
    [{ id: "evt_1899558000000_30" }, "evt_1899558000000_30"],
    [{ id: 7 }, null],
    [{}, null],
  ])("of %j is %s", (fields, id) => {
    expect(readGhlAppointment(fields)?.id).toBe(id);
  });

  it.each(["", " ", ".", "..", "a/b", "a\\b", "a b", "a\nb", "\ud800", "x".repeat(201), null, 7, ["a"]])(
    "is never %j, which would ask for another path or none",
    (value) => {
      expect(readGhlId(value)).toBeNull();
    },
  );
});

it("loses no appointment to an odd value where nothing depends on it", () => {
  const row = { id: "e", startTime: {}, endTime: "soon", contactId: 9, calendarId: "", users: "none", title: null };
  expect(readGhlAppointment(row)).toMatchObject({
    id: "e",
    startTime: null,
    endTime: null,
    contactId: null,
    calendarId: null,
  });
});

it.each([null, undefined, 7, "e", true, [], [{ id: "e" }]])("%j is no appointment", (value) => {
  expect(readGhlAppointment(value)).toBeNull();
});

describe("a list", () => {
  it("is found under either name, or bare", () => {
    expect(readListOfRows({ events: [1] })).toEqual([1]);
    expect(readListOfRows({ appointments: [2] })).toEqual([2]);
    expect(readListOfRows([3])).toEqual([3]);
    expect(readListOfRows({ events: [] })).toEqual([]);
  });

  it.each([null, 7, "x", {}, { events: null }, { events: {} }, { traceId: "t" }])("is not %j", (body) => {
    expect(readListOfRows(body)).toBeNull();
  });
});

describe("one appointment", () => {
  it("is found in either wrapper, or bare", () => {
    for (const body of [{ event: { id: "e" } }, { appointment: { id: "e" } }, { id: "e", traceId: "t" }]) {
      expect(readOneAppointment(body)?.id).toBe("e");
    }
    expect(readOneAppointment({ startTime: "2030-03-12T10:00:00Z" })?.id).toBeNull();
  });

  it.each([null, 7, "x", [], {}, { event: null }, { event: {} }, { event: [] }, { message: "hello" }])(
    "is not in %j",
    (body) => {
      expect(readOneAppointment(body)).toBeNull();
    },
  );
});

describe("a contact found by e-mail", () => {
  it("is the contact's id, or none", () => {
    expect(readFoundContact({ contact: { id: "con-1" } })).toEqual({ id: "con-1" });
    for (const body of [null, {}, { contact: null }, { contact: {} }]) expect(readFoundContact(body)).toBe("none");
  });

  it.each([7, "x", [], { contact: "con-1" }, { contact: { id: "" } }, { contact: { id: 7 } }, { contact: [] }])(
    "cannot be read from %j",
    (body) => {
      expect(readFoundContact(body)).toBeNull();
    },
  );
});

it("reads a location's time zone, wrapped or not", () => {
  expect(readLocationTimeZone({ location: { timezone: "America/Chicago" } })).toBe("America/Chicago");
  expect(readLocationTimeZone({ timezone: "America/Chicago" })).toBe("America/Chicago");
  for (const body of [null, [], {}, { location: null }, { location: { timezone: 7 } }]) {
    expect(readLocationTimeZone(body)).toBeNull();
  }
});
