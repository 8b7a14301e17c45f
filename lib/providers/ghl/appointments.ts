import type {
  AppointmentSource,
  AppointmentStatus,
  LeadSubject,
  Observation,
  ObservedAppointment,
} from "@/lib/appointment-reconcile/source";
import type { Requester } from "../request";
import { createGhlApi, type EventAnswer, type GhlApi, type GhlListing, type ListedAppointment } from "./api";
import { createLocationZone, type LocationZone } from "./location-zone";
import { isCanceled, needsTimeZone, type Told, toObserved } from "./observed";
import { type GhlAppointment, readGhlId } from "./wire";

export interface GhlSourceOptions {
  requester: Requester;
  locationId: string;
  /** Where times without a zone are read if the location does not name one. */
  fallbackTimeZone: string;
}

/**
 * HighLevel as a source of appointments, for one location.
 *
 * The contact's list names the appointments; when and whether they take place is read from each event, because the list's
 * times have no zone. A 404 for an event that the list has just named is no cancellation: then the list's row counts.
 */
export function createGhlAppointmentSource({
  requester,
  locationId,
  fallbackTimeZone,
}: GhlSourceOptions): AppointmentSource {
  const api = createGhlApi(requester, locationId);
  const zone = createLocationZone(api, fallbackTimeZone);
  return { provider: "GHL", observe: (subject, signal) => observe(askOnce(api, signal), zone, subject, signal) };
}

async function observe(ask: Ask, zone: LocationZone, subject: LeadSubject, signal: AbortSignal): Promise<Observation> {
  const contact = await findContact(ask, subject);
  const listing = contact && (await ask.listing(contact.id));
  const rows = (listing?.rows ?? []).filter((row) => isOf(contact, row));
  const describe = async (id: string, told: Told) =>
    toObserved(id, told, needsTimeZone(told) ? await zone(signal) : null);

  const items: ObservedAppointment[] = [];
  const canceledForGood = idsCanceledForGood(subject);
  // One after the other: the lead keeps the order of its list, and concurrency is a matter of leads.
  for (const row of rows) {
    if (isCanceled(row) && canceledForGood.has(row.id)) items.push(withoutTimes(row));
    else items.push(await describe(row.id, { event: eventIn(await ask.event(row.id)), row }));
  }

  let unclear = false;
  for (const id of idsNotListed(subject, rows)) {
    const answer = await ask.event(id);
    const event = eventIn(answer);
    if (event === null) unclear ||= answer === "another";
    else if (isOf(contact, event)) items.push(await describe(id, { event, row: null }));
    // A meeting that goes on under another contact is not ours to report, and it is not cancelled either.
    else unclear ||= !isCanceled(event);
  }

  const oddRows = listing?.oddRows ?? 0;
  return {
    items,
    listed: contact !== null,
    complete: listing !== null && oddRows === 0 && !unclear,
    oddRows,
    foundContactId: contact?.found ? contact.id : null,
  };
}

interface Contact {
  id: string;
  /** It was looked for, not on record. */
  found: boolean;
}

async function findContact(ask: Ask, subject: LeadSubject): Promise<Contact | null> {
  const known = readGhlId(subject.ghlContactId);
  if (known !== null) return { id: known, found: false };
  const email = subject.email?.trim();
  const byEmail = email ? await ask.contactByEmail(email) : null;
  if (byEmail !== null) return { id: byEmail, found: true };
  const appointmentId = readGhlId(subject.ghlAppointmentId);
  const contactId = appointmentId && eventIn(await ask.event(appointmentId))?.contactId;
  return contactId ? { id: contactId, found: true } : null;
}

/** A row that names no contact is taken for the contact that was asked about. */
function isOf(contact: Contact | null, { contactId }: GhlAppointment): boolean {
  return contact === null || contactId === null || contactId === contact.id;
}

/** What is on record as cancelled, with its time, and is still listed as cancelled cannot have changed. */
function idsCanceledForGood(subject: LeadSubject): Set<string> {
  const settled = subject.known.filter(({ status, startAt }) => isCancellation(status) && startAt !== null);
  return new Set(settled.map((appointment) => appointment.externalId));
}

function isCancellation(status: AppointmentStatus | null): boolean {
  return status === "canceled" || status === "rescheduled";
}

/** The list's times would be worse than those on record, so none are given. */
function withoutTimes(row: ListedAppointment): ObservedAppointment {
  return { ...toObserved(row.id, { event: null, row }, null), startAt: null, endAt: null };
}

/** What should be there and is not in the list: the stored appointment, and every one that is confirmed on record. */
function idsNotListed(subject: LeadSubject, rows: ListedAppointment[]): Set<string> {
  const confirmed = subject.known.filter(({ status }) => status === "confirmed");
  const expected = [subject.ghlAppointmentId, ...confirmed.map((appointment) => appointment.externalId)];
  const listed = new Set(rows.map((row) => row.id));
  return new Set(expected.map(readGhlId).filter((id): id is string => id !== null && !listed.has(id)));
}

interface Ask {
  contactByEmail(email: string): Promise<string | null>;
  listing(contactId: string): Promise<GhlListing | null>;
  /** Asked at most once for each id: the stored one may be needed to find the contact, and again for itself. */
  event(id: string): Promise<EventAnswer>;
}

/** The questions of one observation. */
function askOnce(api: GhlApi, signal: AbortSignal): Ask {
  const events = new Map<string, EventAnswer>();
  return {
    contactByEmail: (email) => api.findContactByEmail(email, signal),
    listing: (contactId) => api.listAppointments(contactId, signal),
    async event(id) {
      const answer = events.get(id) ?? (await api.readAppointment(id, signal));
      events.set(id, answer);
      return answer;
    },
  };
}

function eventIn(answer: EventAnswer): GhlAppointment | null {
  return typeof answer === "string" ? null : answer;
}
