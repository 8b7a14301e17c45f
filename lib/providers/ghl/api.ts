import { ProviderError } from "@/lib/core/errors";
import { nullIfNotFound } from "../refusals";
import { type Requester, unexpectedShape } from "../request";
import {
  type GhlAppointment,
  readFoundContact,
  readGhlAppointment,
  readListOfRows,
  readLocationTimeZone,
  readOneAppointment,
} from "./wire";

/** The endpoints that reconcile needs, each with the `Version` that its specification names: others change shapes. */
const CONTACTS_VERSION = { version: "2021-07-28" };
const LOCATIONS_VERSION = { version: "2021-07-28" };
const CALENDARS_VERSION = { version: "2021-04-15" };

export interface GhlListing {
  /** In the list's order, each with an id, no id twice: of a repeated id the first row counts. */
  rows: ListedAppointment[];
  oddRows: number;
}

export type ListedAppointment = GhlAppointment & { id: string };

/** The event; or that there is none of ours by this id; or that the answer was about another one. */
export type EventAnswer = GhlAppointment | "gone" | "another";

export interface GhlApi {
  /** Null if there is no such contact. */
  listAppointments(contactId: string, signal: AbortSignal): Promise<GhlListing | null>;
  readAppointment(id: string, signal: AbortSignal): Promise<EventAnswer>;
  /** The contact's id; null if nobody has this e-mail address. */
  findContactByEmail(email: string, signal: AbortSignal): Promise<string | null>;
  /** Null where the location names no zone. */
  readTimeZone(signal: AbortSignal): Promise<string | null>;
}

/** HighLevel's answers about one location, read. Every call throws `ProviderError`, or the signal's reason. */
export function createGhlApi(requester: Requester, locationId: string): GhlApi {
  return {
    async listAppointments(contactId, signal) {
      const label = "list appointments of contact";
      const path = `/contacts/${encodeURIComponent(contactId)}/appointments`;
      const answer = await nullIfNotFound(requester.get(path, { headers: CONTACTS_VERSION, signal, label }));
      if (answer === null) return null;
      const rows = readListOfRows(answer.body);
      if (rows === null) throw unexpectedShape(requester, label, answer);
      return readListing(rows);
    },

    async readAppointment(id, signal) {
      const label = "read appointment";
      const path = `/calendars/events/appointments/${encodeURIComponent(id)}`;
      const answer = await nullIfNotFound(requester.get(path, { headers: CALENDARS_VERSION, signal, label }));
      if (answer === null) return "gone";
      const event = readOneAppointment(answer.body);
      if (event === null) throw unexpectedShape(requester, label, answer);
      // A series' own id for the id of one of its meetings, say: its time would be another meeting's.
      return event.id === null || event.id === id ? event : "another";
    },

    async findContactByEmail(email, signal) {
      const label = "find contact by e-mail";
      const request = { query: { locationId, email }, headers: CONTACTS_VERSION, signal, label };
      const answer = await unlessNoMatch(requester.get("/contacts/search/duplicate", request));
      if (answer === null) return null;
      const found = readFoundContact(answer.body);
      if (found === null) throw unexpectedShape(requester, label, answer);
      return found === "none" ? null : found.id;
    },

    async readTimeZone(signal) {
      const path = `/locations/${encodeURIComponent(locationId)}`;
      const request = { headers: LOCATIONS_VERSION, signal, label: "read time zone of location" };
      return readLocationTimeZone((await requester.get(path, request)).body);
    },
  };
}

function readListing(values: unknown[]): GhlListing {
  const rows = new Map<string, ListedAppointment>();
  let oddRows = 0;
  for (const value of values) {
    const row = readGhlAppointment(value);
    if (row === null || row.id === null) oddRows += 1;
    else if (!rows.has(row.id)) rows.set(row.id, { ...row, id: row.id });
  }
  return { rows: [...rows.values()], oddRows };
}

/** "No match" is not documented; a 400 has been seen for it. */
async function unlessNoMatch<T>(answer: Promise<T>): Promise<T | null> {
  return nullIfNotFound(answer).catch((error: unknown) => {
    if (error instanceof ProviderError && error.status === 400) return null;
    throw error;
  });
}
