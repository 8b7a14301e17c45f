import type { AppointmentStatus } from "@/lib/appointment-reconcile/source";
import { MINUTE_MS } from "@/lib/core/time";
import type { WindowLimit } from "./rate-window";

export type CalendlyPlan = "paid" | "free";

export interface CalendlyOrganization {
  readonly uri: string;
  readonly plan: CalendlyPlan;
  /** The owner's token and user. */
  readonly token: string;
  readonly ownerUri: string;
  /** `sparse`: everything that may be null is, and memberships carry the user's URI alone. */
  detail: "full" | "sparse";
  readonly limit: WindowLimit;
}

export interface CalendlyUser {
  readonly uri: string;
  readonly organization: CalendlyOrganization;
  readonly token: string;
  readonly email: string;
  readonly name: string;
  /** A member sees the events that they host; an owner sees the organization's. */
  readonly role: "owner" | "member";
  readonly createdAt: Date;
}

export interface Cancellation {
  canceledBy: string;
  reason: string | null;
  cancelerType: "host" | "invitee";
}

export interface CalendlyEvent {
  readonly uuid: string;
  readonly uri: string;
  readonly host: CalendlyUser;
  readonly name: string;
  readonly start: Date;
  readonly end: Date;
  readonly seats: number;
  readonly createdAt: Date;
  readonly invitees: CalendlyInvitee[];
  status: "active" | "canceled";
  updatedAt: Date;
  cancellation: Cancellation | null;
}

export interface CalendlyInvitee {
  readonly uuid: string;
  readonly uri: string;
  readonly event: CalendlyEvent;
  readonly email: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly oldInvitee: string | null;
  status: "active" | "canceled";
  updatedAt: Date;
  rescheduled: boolean;
  newInvitee: string | null;
  noShow: { uri: string; createdAt: Date } | null;
  cancellation: Cancellation | null;
  /** Its data was deleted: 404, and not listed. */
  removed: boolean;
}

/** With `group`, one more seat in an event that exists; otherwise an event of its own. */
export type CalendlyBooking =
  | { group: string; name?: string }
  | {
      organizationUri: string;
      start: Date;
      /** Half an hour after the start by default. */
      end?: Date;
      /** The organization's owner by default. */
      hostUri?: string;
      /** How many may take part: 1 by default. */
      seats?: number;
      name?: string;
    };

/** What Calendly documents, per user. */
export const USUAL_CALENDLY_LIMITS: Record<CalendlyPlan, WindowLimit> = {
  paid: { requests: 500, windowMs: MINUTE_MS },
  free: { requests: 50, windowMs: MINUTE_MS },
};

/** Calendly's URIs name its public host, whatever host answers. */
export const CALENDLY_ORIGIN = "https://api.calendly.com";

export function makeEvent(
  given: Pick<CalendlyEvent, "uuid" | "host" | "start" | "end" | "seats"> & { now: Date },
): CalendlyEvent {
  const { now, ...fields } = given;
  return {
    ...fields,
    uri: `${CALENDLY_ORIGIN}/scheduled_events/${given.uuid}`,
    name: "Intro call",
    createdAt: now,
    updatedAt: now,
    invitees: [],
    status: "active",
    cancellation: null,
  };
}

export function makeInvitee(
  given: Pick<CalendlyInvitee, "uuid" | "event" | "email" | "name" | "oldInvitee"> & { now: Date },
): CalendlyInvitee {
  const { now, ...fields } = given;
  return {
    ...fields,
    uri: `${given.event.uri}/invitees/${given.uuid}`,
    createdAt: now,
    updatedAt: now,
    status: "active",
    rescheduled: false,
    newInvitee: null,
    noShow: null,
    cancellation: null,
    removed: false,
  };
}

/** A Calendly appointment's status in neutral words: it is the invitee's, unless the whole event is off. */
export function trueStatusOf({
  status,
  event,
  rescheduled,
  newInvitee,
  noShow,
  removed,
}: CalendlyInvitee): AppointmentStatus {
  if (rescheduled && newInvitee !== null) return "rescheduled";
  if (status === "canceled" || event.status === "canceled" || removed) return "canceled";
  return noShow ? "no_show" : "confirmed";
}

/** What tells one person from another in an organization. */
export function addressOf(organizationUri: string, email: string): string {
  return `${organizationUri} ${email.trim().toLowerCase()}`;
}

/** The uuid at the end of a URI. */
export function lastSegment(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}
