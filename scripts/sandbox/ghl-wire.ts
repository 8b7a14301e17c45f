import type { GhlAppointment, GhlCalendar, GhlContact, GhlLocation, GhlStatus } from "./ghl-model";
import type { GhlQuirks, TimeShape } from "./ghl-quirks";
import { wallTimeOf } from "./wall-time";

/** A row of a contact's appointments. */
export function toListRow(appointment: GhlAppointment): Record<string, unknown> {
  const { listTimes } = appointment.location.quirks;
  return { ...toCommonFields(appointment), ...toTimes(appointment, listTimes, listTimes) };
}

/** An appointment as the calendar endpoints give it. */
export function toEvent(appointment: GhlAppointment): Record<string, unknown> {
  const { eventTimes } = appointment.location.quirks;
  return {
    ...toCommonFields(appointment),
    isRecurring: appointment.masterEventId !== null,
    masterEventId: appointment.masterEventId ?? undefined,
    createdBy: { userId: appointment.location.hostUserId, source: "booking_widget" },
    // Where events have an offset, HighLevel gives the times of the record itself in UTC, to the millisecond.
    ...toTimes(appointment, eventTimes, eventTimes === "offset" ? "utc" : eventTimes),
  };
}

export function wrapList(rows: unknown[], { listWrapper }: GhlQuirks, traceId: string): unknown {
  return listWrapper === "bare" ? rows : { [listWrapper]: rows, traceId };
}

export function wrapEvent(event: Record<string, unknown>, { eventWrapper }: GhlQuirks, traceId: string): unknown {
  return eventWrapper === "bare" ? { ...event, traceId } : { [eventWrapper]: event, traceId };
}

export function toContact(contact: GhlContact): Record<string, unknown> {
  return {
    id: contact.id,
    locationId: contact.locationId,
    email: contact.email ?? undefined,
    phone: contact.phone ?? undefined,
    firstName: contact.firstName ?? undefined,
    lastName: contact.lastName ?? undefined,
    tags: [],
    dateAdded: contact.dateAdded.toISOString(),
    dateUpdated: contact.dateAdded.toISOString(),
  };
}

export function toCalendar({ id, locationId, groupId, name }: GhlCalendar): Record<string, unknown> {
  return { id, locationId, groupId, name, isActive: true, calendarType: "event", slotDuration: 30 };
}

export function toLocation({ id, name, timezone }: GhlLocation): Record<string, unknown> {
  return { id, name, timezone, country: "US" };
}

function toCommonFields(appointment: GhlAppointment): Record<string, unknown> {
  const { location, calendar } = appointment;
  const { quirks } = location;
  return {
    [quirks.idField]: appointment.id,
    title: appointment.title,
    calendarId: calendar.id,
    locationId: location.id,
    ...toOptionalIds(appointment),
    ...toStatusFields(appointment),
    users: [],
    address: "",
    notes: "",
    deleted: appointment.deleted,
  };
}

function toOptionalIds({ contactId, calendar, location }: GhlAppointment): Record<string, unknown> {
  switch (location.quirks.optionalIds) {
    case "present":
      return { contactId, groupId: calendar.groupId, assignedUserId: location.hostUserId };
    case "empty":
      return { contactId: "", groupId: null, assignedUserId: "" };
    case "missing":
      return {};
  }
}

function toStatusFields({ id, status, location: { quirks } }: GhlAppointment): Record<string, unknown> {
  const word = quirks.statusWords === "spec" ? status : pickVariant(status, id);
  switch (quirks.statusFields) {
    case "both":
      return { status: "booked", appointmentStatus: word, appoinmentStatus: word };
    case "right":
      return { status: "booked", appointmentStatus: word };
    case "typo":
      return { status: "booked", appoinmentStatus: word };
    case "old":
      return { status: word };
  }
}

const STATUS_VARIANTS: Record<GhlStatus, readonly string[]> = {
  new: ["New", "NEW"],
  confirmed: ["booked", "Confirmed", "CONFIRMED"],
  cancelled: ["canceled", "Cancelled", "CANCELED"],
  showed: ["Showed", "SHOWED"],
  noshow: ["no_show", "no-show", "NoShow"],
  invalid: ["Invalid", "INVALID"],
  active: ["Active", "ACTIVE"],
  completed: ["Completed", "COMPLETED"],
};

/** Always the same variant for the same appointment, so that reading it twice gives no change. */
function pickVariant(status: GhlStatus, id: string): string {
  const variants = STATUS_VARIANTS[status];
  return variants[id.charCodeAt(id.length - 1) % variants.length] ?? status;
}

function toTimes(appointment: GhlAppointment, shape: TimeShape, recordShape: TimeShape): Record<string, unknown> {
  const { location, start, end, dateAdded, dateUpdated, rescheduledAt } = appointment;
  const write = (instant: Date, as: TimeShape) => writeTime(instant, location.timezone, as);
  return {
    startTime: write(start, shape),
    endTime: write(end, shape),
    dateAdded: location.quirks.dateAdded === "missing" ? undefined : write(dateAdded, recordShape),
    dateUpdated: write(dateUpdated, recordShape),
    rescheduledAt: rescheduledAt ? write(rescheduledAt, recordShape) : undefined,
  };
}

/** A property of undefined is left out of the JSON. */
function writeTime(instant: Date, timeZone: string, shape: TimeShape): string | number | null | undefined {
  switch (shape) {
    case "utc":
      return instant.toISOString();
    case "epoch_ms":
      return instant.getTime();
    case "epoch_ms_text":
      return String(instant.getTime());
    case "epoch_s":
      return Math.floor(instant.getTime() / 1000);
    case "empty":
      return "";
    case "null":
      return null;
    case "missing":
      return undefined;
    case "offset":
    case "naive":
    case "naive_t": {
      const { date, time, offset } = wallTimeOf(instant, timeZone);
      if (shape === "offset") return `${date}T${time}${offset}`;
      return shape === "naive" ? `${date} ${time}` : `${date}T${time}`;
    }
  }
}
