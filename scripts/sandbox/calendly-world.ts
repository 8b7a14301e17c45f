import { type Clock, MINUTE_MS } from "@/lib/core/time";
import {
  addressOf,
  CALENDLY_ORIGIN,
  type CalendlyBooking,
  type CalendlyEvent,
  type CalendlyInvitee,
  type CalendlyOrganization,
  type CalendlyPlan,
  type CalendlyUser,
  type Cancellation,
  lastSegment,
  makeEvent,
  makeInvitee,
  trueStatusOf,
  USUAL_CALENDLY_LIMITS,
} from "./calendly-model";
import { append, known } from "./maps";
import { type Random, randomId, randomUuid } from "./random";
import type { WindowLimit } from "./rate-window";
import { nameOfToken } from "./request";
import type { TrueAppointment } from "./truth";

const USUAL_MEETING_MS = 30 * MINUTE_MS;

/** Everything Calendly knows, and the verbs with which people there change it. */
export class CalendlyWorld {
  private readonly organizations = new Map<string, CalendlyOrganization>();
  private readonly users = new Map<string, CalendlyUser>();
  private readonly usersByAccount = new Map<string, CalendlyUser>();
  private readonly events = new Map<string, CalendlyEvent>();
  private readonly eventsByOrganization = new Map<string, CalendlyEvent[]>();
  private readonly invitees = new Map<string, CalendlyInvitee>();
  private readonly inviteesByEmail = new Map<string, CalendlyInvitee[]>();

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  /** Opens an organization with its owner. */
  addOrganization(
    given: {
      uri?: string;
      token?: string;
      plan?: CalendlyPlan;
      detail?: CalendlyOrganization["detail"];
      limit?: WindowLimit;
    } = {},
  ): CalendlyOrganization {
    const plan = given.plan ?? "paid";
    const organization: CalendlyOrganization = {
      uri: given.uri ?? this.newUri("organizations"),
      plan,
      token: given.token ?? this.newToken(),
      ownerUri: this.newUri("users"),
      detail: given.detail ?? "full",
      limit: given.limit ?? USUAL_CALENDLY_LIMITS[plan],
    };
    this.organizations.set(organization.uri, organization);
    this.enrol({ organization, uri: organization.ownerUri, token: organization.token, role: "owner" });
    return organization;
  }

  addMember(organizationUri: string): CalendlyUser {
    const organization = known(this.organizations, organizationUri, "organization");
    return this.enrol({ organization, uri: this.newUri("users"), token: this.newToken(), role: "member" });
  }

  book(email: string, booking: CalendlyBooking): CalendlyInvitee {
    const name = booking.name ?? "Ada Example";
    if ("group" in booking)
      return this.invite(known(this.events, lastSegment(booking.group), "event"), { email, name });
    const organization = known(this.organizations, booking.organizationUri, "organization");
    const host = known(this.users, booking.hostUri ?? organization.ownerUri, "user");
    const end = booking.end ?? new Date(booking.start.getTime() + USUAL_MEETING_MS);
    const event = this.schedule({ host, start: booking.start, end, seats: booking.seats ?? 1 });
    return this.invite(event, { email, name });
  }

  /** Cancels for one invitee. The event goes on while anybody else is in it. */
  cancel(
    inviteeUri: string,
    { reason = null, by = "invitee" }: { reason?: string | null; by?: Cancellation["cancelerType"] } = {},
  ): CalendlyInvitee {
    const invitee = this.inviteeAt(inviteeUri);
    const canceledBy = by === "host" ? invitee.event.host.name : invitee.name;
    const cancellation: Cancellation = { canceledBy, reason, cancelerType: by };
    Object.assign(invitee, { status: "canceled", cancellation, updatedAt: this.clock.now() });
    if (invitee.event.invitees.every(({ status }) => status === "canceled")) this.callOff(invitee.event, cancellation);
    return invitee;
  }

  /** The host cancels for all. `invitees: "untouched"` leaves their rows active, as can be seen for a moment. */
  cancelEvent(
    eventUri: string,
    { invitees = "canceled", reason = null }: { invitees?: "canceled" | "untouched"; reason?: string | null } = {},
  ): CalendlyEvent {
    const event = known(this.events, lastSegment(eventUri), "event");
    this.callOff(event, { canceledBy: event.host.name, reason, cancelerType: "host" });
    const affected = invitees === "canceled" ? event.invitees.filter(({ status }) => status === "active") : [];
    for (const { uri } of affected) this.cancel(uri, { reason, by: "host" });
    return event;
  }

  /**
   * Moves one invitee to a new event and returns the new invitee. The old one is cancelled, marked and linked; the link
   * is on the invitees alone. `email` is for those who book again with another address.
   */
  reschedule(inviteeUri: string, start: Date, { email }: { email?: string } = {}): CalendlyInvitee {
    const old = this.inviteeAt(inviteeUri);
    const { host, seats } = old.event;
    const end = new Date(start.getTime() + old.event.end.getTime() - old.event.start.getTime());
    const successor = this.invite(this.schedule({ host, start, end, seats }), {
      email: email ?? old.email,
      name: old.name,
      oldInvitee: old.uri,
    });
    this.cancel(old.uri);
    Object.assign(old, { rescheduled: true, newInvitee: successor.uri });
    return successor;
  }

  markNoShow(inviteeUri: string): CalendlyInvitee {
    const now = this.clock.now();
    const noShow = { uri: this.newUri("invitee_no_shows"), createdAt: now };
    return Object.assign(this.inviteeAt(inviteeUri), { noShow, updatedAt: now });
  }

  /** Deletes an invitee's data, as a privacy request does. */
  remove(inviteeUri: string): CalendlyInvitee {
    return Object.assign(this.inviteeAt(inviteeUri), { removed: true });
  }

  /** What is true of a person's appointments with an organization, removed ones included, in the order of booking. */
  truthOf(organizationUri: string, email: string): TrueAppointment[] {
    return (this.inviteesByEmail.get(addressOf(organizationUri, email)) ?? []).map((invitee) => ({
      externalId: invitee.uri,
      status: trueStatusOf(invitee),
      startAt: invitee.event.start,
      endAt: invitee.event.end,
      removed: invitee.removed,
    }));
  }

  userOfAccount(account: string): CalendlyUser | undefined {
    return this.usersByAccount.get(account);
  }

  user(uri: string): CalendlyUser | undefined {
    return this.users.get(uri);
  }

  /** The event, unless all its invitees were removed. */
  event(uuid: string): CalendlyEvent | undefined {
    const event = this.events.get(uuid);
    return event?.invitees.some(({ removed }) => !removed) ? event : undefined;
  }

  invitee(uuid: string): CalendlyInvitee | undefined {
    const invitee = this.invitees.get(uuid);
    return invitee?.removed ? undefined : invitee;
  }

  eventsOf(organizationUri: string): CalendlyEvent[] {
    const events = this.eventsByOrganization.get(organizationUri) ?? [];
    return events.filter(({ invitees }) => invitees.some(({ removed }) => !removed));
  }

  /** The events that a person was ever invited to, each once. */
  eventsInviting(organizationUri: string, email: string): CalendlyEvent[] {
    const invitees = this.inviteesByEmail.get(addressOf(organizationUri, email)) ?? [];
    return [...new Set(invitees.filter(({ removed }) => !removed).map(({ event }) => event))];
  }

  private enrol(given: Pick<CalendlyUser, "organization" | "uri" | "token" | "role">): CalendlyUser {
    const number = this.users.size + 1;
    const person = { name: `Host ${number}`, email: `host${number}@example.com`, createdAt: this.clock.now() };
    const user: CalendlyUser = { ...given, ...person };
    this.users.set(user.uri, user);
    this.usersByAccount.set(nameOfToken(user.token), user);
    return user;
  }

  private schedule(given: Pick<CalendlyEvent, "host" | "start" | "end" | "seats">): CalendlyEvent {
    const event = makeEvent({ ...given, uuid: randomUuid(this.random), now: this.clock.now() });
    this.events.set(event.uuid, event);
    append(this.eventsByOrganization, event.host.organization.uri, event);
    return event;
  }

  private invite(
    event: CalendlyEvent,
    { email, name, oldInvitee = null }: { email: string; name: string; oldInvitee?: string | null },
  ): CalendlyInvitee {
    const uuid = randomUuid(this.random);
    const invitee = makeInvitee({ event, email, name, oldInvitee, uuid, now: this.clock.now() });
    event.invitees.push(invitee);
    this.invitees.set(uuid, invitee);
    append(this.inviteesByEmail, addressOf(event.host.organization.uri, email), invitee);
    return invitee;
  }

  private callOff(event: CalendlyEvent, cancellation: Cancellation): void {
    Object.assign(event, { status: "canceled", cancellation, updatedAt: this.clock.now() });
  }

  private inviteeAt(uri: string): CalendlyInvitee {
    return known(this.invitees, lastSegment(uri), "invitee");
  }

  private newUri(collection: string): string {
    return `${CALENDLY_ORIGIN}/${collection}/${randomUuid(this.random)}`;
  }

  private newToken(): string {
    return `calendly-pat-${randomId(this.random, 24)}`;
  }
}
