import { type Clock, MINUTE_MS } from "@/lib/core/time";
import {
  type GhlAppointment,
  type GhlBooking,
  type GhlCalendar,
  type GhlContact,
  type GhlLimits,
  type GhlLocation,
  type GhlStatus,
  trueStatusOf,
  USUAL_GHL_LIMITS,
} from "./ghl-model";
import { GhlOutbox } from "./ghl-outbox";
import { type GhlQuirks, USUAL_QUIRKS } from "./ghl-quirks";
import { append, known } from "./maps";
import { type Random, randomId } from "./random";
import type { TrueAppointment } from "./truth";

/** HighLevel's ids are 20 letters and digits. */
const ID_LENGTH = 20;
const USUAL_MEETING_MS = 30 * MINUTE_MS;

/** Everything HighLevel knows, and the verbs with which people there change it. */
export class GhlWorld {
  readonly outbox: GhlOutbox;
  private readonly locations = new Map<string, GhlLocation>();
  private readonly locationsByToken = new Map<string, GhlLocation>();
  private readonly contacts = new Map<string, GhlContact>();
  private readonly contactsByReach = new Map<string, GhlContact>();
  private readonly contactsByLocation = new Map<string, GhlContact[]>();
  private readonly calendars = new Map<string, GhlCalendar>();
  private readonly calendarsByLocation = new Map<string, GhlCalendar[]>();
  private readonly appointments = new Map<string, GhlAppointment>();
  private readonly appointmentsByContact = new Map<string, GhlAppointment[]>();
  private readonly appointmentsByCalendar = new Map<string, GhlAppointment[]>();

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {
    this.outbox = new GhlOutbox(clock, random);
  }

  /** Opens a location with one calendar. */
  addLocation(
    given: {
      id?: string;
      token?: string;
      timezone?: string;
      quirks?: Partial<GhlQuirks>;
      limits?: Partial<GhlLimits>;
    } = {},
  ): GhlLocation {
    const id = given.id ?? this.newId();
    const location: GhlLocation = {
      id,
      name: `Location ${this.locations.size + 1}`,
      timezone: given.timezone ?? "America/Chicago",
      token: given.token ?? `pit-${this.newId()}`,
      hostUserId: this.newId(),
      quirks: { ...USUAL_QUIRKS, ...given.quirks },
      limits: { ...USUAL_GHL_LIMITS, ...given.limits },
    };
    this.locations.set(id, location);
    this.locationsByToken.set(location.token, location);
    this.addCalendar(id);
    return location;
  }

  addCalendar(locationId: string, given: { id?: string; name?: string } = {}): GhlCalendar {
    const { id = this.newId(), name = "Intro call" } = given;
    const calendar: GhlCalendar = { id, locationId, name, groupId: this.newId() };
    this.calendars.set(id, calendar);
    append(this.calendarsByLocation, locationId, calendar);
    return calendar;
  }

  addContact(
    locationId: string,
    given: { id?: string; email?: string; phone?: string; firstName?: string; lastName?: string; dnd?: boolean } = {},
  ): GhlContact {
    const { id = this.newId(), email = null, phone = null, firstName = null, lastName = null, dnd = false } = given;
    const dateAdded = this.clock.now();
    const contact: GhlContact = { id, locationId, email, phone, firstName, lastName, dateAdded, dnd };
    this.contacts.set(id, contact);
    append(this.contactsByLocation, locationId, contact);
    if (email !== null) this.contactsByReach.set(reachOf(locationId, email), contact);
    if (phone !== null) this.contactsByReach.set(reachOf(locationId, phone), contact);
    return contact;
  }

  book(contactId: string, booking: GhlBooking): GhlAppointment {
    const contact = known(this.contacts, contactId, "contact");
    const location = known(this.locations, contact.locationId, "location");
    const calendarId = booking.calendarId ?? this.calendarsOf(location.id)[0]?.id ?? "";
    const now = this.clock.now();
    const appointment: GhlAppointment = {
      id: booking.id ?? this.newId(),
      location,
      contactId,
      calendar: known(this.calendars, calendarId, "calendar"),
      title: "Intro call",
      masterEventId: booking.masterEventId ?? null,
      dateAdded: now,
      status: booking.status ?? "confirmed",
      start: booking.start,
      end: booking.end ?? new Date(booking.start.getTime() + USUAL_MEETING_MS),
      dateUpdated: now,
      rescheduledAt: null,
      deleted: false,
      removed: false,
    };
    this.appointments.set(appointment.id, appointment);
    append(this.appointmentsByContact, contactId, appointment);
    append(this.appointmentsByCalendar, calendarId, appointment);
    return appointment;
  }

  /** Sets the attendance or any other status. */
  mark(id: string, status: GhlStatus): GhlAppointment {
    return this.change(id, { status });
  }

  cancel(id: string): GhlAppointment {
    return this.mark(id, "cancelled");
  }

  /** Moves an appointment, which keeps its id and its length. */
  reschedule(id: string, start: Date): GhlAppointment {
    const { start: oldStart, end: oldEnd } = known(this.appointments, id, "appointment");
    const end = new Date(start.getTime() + oldEnd.getTime() - oldStart.getTime());
    return this.change(id, { start, end, rescheduledAt: this.clock.now() });
  }

  /** The other way of moving: the old appointment is cancelled, and a new one made. Returns the new one. */
  rebook(id: string, start: Date): GhlAppointment {
    const { contactId, calendar } = this.cancel(id);
    return this.book(contactId, { start, calendarId: calendar.id });
  }

  /** Deletes an appointment that goes on being listed, as `deleted: true`. */
  softDelete(id: string): GhlAppointment {
    return this.change(id, { deleted: true });
  }

  /** Deletes an appointment for good. */
  remove(id: string): GhlAppointment {
    return this.change(id, { removed: true });
  }

  /** What is true of a contact's appointments, removed ones included, in the order of booking. */
  truthOf(contactId: string): TrueAppointment[] {
    return (this.appointmentsByContact.get(contactId) ?? []).map((appointment) => ({
      externalId: appointment.id,
      status: trueStatusOf(appointment),
      startAt: appointment.start,
      endAt: appointment.end,
      removed: appointment.removed,
    }));
  }

  location(id: string): GhlLocation | undefined {
    return this.locations.get(id);
  }

  locationOfToken(token: string): GhlLocation | undefined {
    return this.locationsByToken.get(token);
  }

  contact(id: string): GhlContact | undefined {
    return this.contacts.get(id);
  }

  /** The contact with that e-mail address or phone number. */
  contactReachedBy(locationId: string, reach: string): GhlContact | undefined {
    return this.contactsByReach.get(reachOf(locationId, reach));
  }

  contactsOf(locationId: string): readonly GhlContact[] {
    return this.contactsByLocation.get(locationId) ?? [];
  }

  calendarsOf(locationId: string): readonly GhlCalendar[] {
    return this.calendarsByLocation.get(locationId) ?? [];
  }

  appointment(id: string): GhlAppointment | undefined {
    const appointment = this.appointments.get(id);
    return appointment?.removed ? undefined : appointment;
  }

  appointmentsOf(contactId: string): GhlAppointment[] {
    return (this.appointmentsByContact.get(contactId) ?? []).filter(({ removed }) => !removed);
  }

  appointmentsIn(calendarId: string): GhlAppointment[] {
    return (this.appointmentsByCalendar.get(calendarId) ?? []).filter(({ removed }) => !removed);
  }

  private change(id: string, changes: Partial<GhlAppointment>): GhlAppointment {
    return Object.assign(known(this.appointments, id, "appointment"), changes, { dateUpdated: this.clock.now() });
  }

  private newId(): string {
    return randomId(this.random, ID_LENGTH);
  }
}

function reachOf(locationId: string, reach: string): string {
  return `${locationId} ${reach.trim().toLowerCase()}`;
}
