import {
  CALENDLY_ORIGIN,
  type CalendlyEvent,
  type CalendlyInvitee,
  type CalendlyUser,
  type Cancellation,
} from "./calendly-model";

export function toUser(user: CalendlyUser): Record<string, unknown> {
  return {
    uri: user.uri,
    name: user.name,
    slug: user.email.split("@")[0],
    email: user.email,
    scheduling_url: "https://calendly.com/example",
    timezone: "America/New_York",
    avatar_url: null,
    created_at: toMicroseconds(user.createdAt),
    updated_at: toMicroseconds(user.createdAt),
    current_organization: user.organization.uri,
  };
}

export function toEvent(event: CalendlyEvent): Record<string, unknown> {
  const { host, invitees } = event;
  const full = host.organization.detail === "full";
  const active = invitees.filter(({ status }) => status === "active").length;
  return {
    uri: event.uri,
    name: full ? event.name : null,
    status: event.status,
    start_time: toMicroseconds(event.start),
    end_time: toMicroseconds(event.end),
    event_type: `${CALENDLY_ORIGIN}/event_types/${event.uuid}`,
    location: full ? { type: "physical", location: "1 Example Street" } : null,
    invitees_counter: { total: invitees.length, active, limit: event.seats },
    event_memberships: [full ? { user: host.uri, user_email: host.email, user_name: host.name } : { user: host.uri }],
    event_guests: [],
    cancellation: event.cancellation ? toCancellation(event.cancellation) : undefined,
    calendar_event: full ? { kind: "google", external_id: event.uuid.replaceAll("-", "") } : null,
    created_at: toMicroseconds(event.createdAt),
    updated_at: toMicroseconds(event.updatedAt),
  };
}

export function toInvitee(invitee: CalendlyInvitee): Record<string, unknown> {
  const { event, noShow } = invitee;
  const full = event.host.organization.detail === "full";
  const [firstName = null, lastName = null] = full ? invitee.name.split(" ") : [];
  return {
    uri: invitee.uri,
    email: invitee.email,
    first_name: firstName,
    last_name: lastName,
    name: invitee.name,
    status: invitee.status,
    canceled: invitee.status === "canceled",
    questions_and_answers: [],
    timezone: full ? "America/New_York" : null,
    event: event.uri,
    tracking: NO_TRACKING,
    text_reminder_number: null,
    rescheduled: invitee.rescheduled,
    old_invitee: invitee.oldInvitee,
    new_invitee: invitee.newInvitee,
    cancel_url: `https://calendly.com/cancellations/${invitee.uuid}`,
    reschedule_url: `https://calendly.com/reschedulings/${invitee.uuid}`,
    routing_form_submission: null,
    cancellation: invitee.cancellation ? toCancellation(invitee.cancellation) : undefined,
    payment: null,
    no_show: noShow ? { uri: noShow.uri, created_at: toMicroseconds(noShow.createdAt) } : null,
    reconfirmation: null,
    created_at: toMicroseconds(invitee.createdAt),
    updated_at: toMicroseconds(invitee.updatedAt),
  };
}

const NO_TRACKING = {
  utm_campaign: null,
  utm_source: null,
  utm_medium: null,
  utm_content: null,
  utm_term: null,
  salesforce_uuid: null,
};

function toCancellation({ canceledBy, reason, cancelerType }: Cancellation): Record<string, unknown> {
  return { canceled_by: canceledBy, reason, canceler_type: cancelerType };
}

/** UTC with six digits, the last three of them nought: the world's clock knows milliseconds. */
export function toMicroseconds(instant: Date): string {
  return instant.toISOString().replace("Z", "000Z");
}
