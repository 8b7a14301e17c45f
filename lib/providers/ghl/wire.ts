import { z } from "zod";
import type { AppointmentStatus } from "@/lib/appointment-reconcile/source";
import { readTime, type WireTime } from "../times";

/** One telling of an appointment, be it a row of a contact's list or the event itself. What it does not say is null. */
export interface GhlAppointment {
  id: string | null;
  contactId: string | null;
  calendarId: string | null;
  /** Null where it has no status word at all. */
  status: AppointmentStatus | null;
  deleted: boolean;
  startTime: WireTime | null;
  endTime: WireTime | null;
  dateAdded: WireTime | null;
  dateUpdated: WireTime | null;
}

const word = z.string().nullish();

// Only a status of a wrong type spoils an appointment: guessing there could turn a cancelled meeting into a booked one.
// Everything else is read for what it is worth.
const appointmentSchema = z.looseObject({
  appointmentStatus: word,
  appoinmentStatus: word,
  status: word,
});

const CANCELED_WORDS = new Set(["cancelled", "canceled", "invalid"]);
const SHOWED_WORDS = new Set(["showed", "completed"]);
const NO_SHOW_WORDS = new Set(["noshow", "no_show", "no-show"]);

/** Reads one appointment; null if it cannot be read as one. */
export function readGhlAppointment(value: unknown): GhlAppointment | null {
  const parsed = appointmentSchema.safeParse(value);
  if (!parsed.success) return null;
  const { data } = parsed;
  return {
    id: readGhlId(data["id"]) ?? readGhlId(data["eventId"]) ?? readGhlId(data["appointmentId"]),
    contactId: readGhlId(data["contactId"]),
    calendarId: readGhlId(data["calendarId"]),
    status: readStatus(data.appointmentStatus, data.appoinmentStatus, data.status),
    deleted: data["deleted"] === true || data["deleted"] === "true",
    startTime: readTime(data["startTime"]),
    endTime: readTime(data["endTime"]),
    dateAdded: readTime(data["dateAdded"]),
    dateUpdated: readTime(data["dateUpdated"]),
  };
}

/** The rows of a contact's list, wrapped or bare; null if this is no list at all. */
export function readListOfRows(body: unknown): unknown[] | null {
  if (Array.isArray(body)) return body;
  const { events, appointments } = asRecord(body) ?? {};
  return Array.isArray(events) ? events : Array.isArray(appointments) ? appointments : null;
}

/** The one appointment that was asked for, wrapped or not; null if the answer holds none. */
export function readOneAppointment(body: unknown): GhlAppointment | null {
  const record = asRecord(body);
  if (record === null) return null;
  const wrapper = ["event", "appointment"].find((name) => name in record);
  const event = readGhlAppointment(wrapper === undefined ? record : record[wrapper]);
  // Any object could pass for an appointment that says nothing: it has at least to name itself or its time.
  return event && (event.id !== null || event.startTime !== null) ? event : null;
}

/** The contact that a search by e-mail found: its id, `none`, or null if the answer cannot be read. */
export function readFoundContact(body: unknown): { id: string } | "none" | null {
  if (body === null) return "none";
  const record = asRecord(body);
  if (record === null) return null;
  const contact = record["contact"];
  if (contact === null || contact === undefined) return "none";
  const fields = asRecord(contact);
  if (fields === null) return null;
  if (Object.keys(fields).length === 0) return "none";
  const id = readGhlId(fields["id"]);
  return id === null ? null : { id };
}

/** The time zone of a location; null where it names none. */
export function readLocationTimeZone(body: unknown): string | null {
  const record = asRecord(body);
  const zone = (asRecord(record?.["location"]) ?? record)?.["timezone"];
  return typeof zone === "string" ? zone.trim() : null;
}

/**
 * An id that can be a segment of a path; null for everything else. Blanks, slashes, control characters, lone surrogates
 * and the two dot segments are no ids: they would ask for another path, or for none.
 */
export function readGhlId(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const id = value.trim();
  return /^[^\p{C}\s/\\]{1,200}$/u.test(id) && id !== "." && id !== ".." ? id : null;
}

/** The first word that is there decides, in this order: the right spelling, the old typo, the oldest field. */
function readStatus(...words: (string | null | undefined)[]): AppointmentStatus | null {
  const said = words.map((text) => text?.trim().toLowerCase()).find((text) => text);
  if (said === undefined) return null;
  if (CANCELED_WORDS.has(said)) return "canceled";
  if (SHOWED_WORDS.has(said)) return "showed";
  if (NO_SHOW_WORDS.has(said)) return "no_show";
  return "confirmed";
}

// Made once: making a schema takes longer than reading an answer.
const recordSchema = z.looseObject({});

function asRecord(value: unknown): Record<string, unknown> | null {
  const parsed = recordSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
