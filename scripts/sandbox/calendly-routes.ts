import { type Answer, ok, Refusal } from "./answer";
import { CALENDLY_ORIGIN, type CalendlyEvent, type CalendlyUser } from "./calendly-model";
import { paginate } from "./calendly-paging";
import type { CalendlyVoice } from "./calendly-voice";
import { toEvent, toInvitee, toMicroseconds, toUser } from "./calendly-wire";
import type { CalendlyWorld } from "./calendly-world";
import type { SandboxRequest } from "./request";

interface Visit {
  caller: CalendlyUser;
  request: SandboxRequest;
  param(name: string): string;
}

export interface CalendlyRoute {
  method: "GET";
  pattern: string;
  /** The query parameters that exist, and what each has to look like. */
  query: Record<string, RegExp>;
  answer(visit: Visit): Answer;
}

const ANYTHING = /^.+$/;
const EMAIL = /^[^@\s]+@[^@\s]+$/;
const STATUS = /^(active|canceled)$/;
const PAGING = { count: ANYTHING, page_token: ANYTHING };
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;
const uriOf = (collection: string) => new RegExp(`^${CALENDLY_ORIGIN}/${collection}/[^/]+$`);

/** The endpoints, each with what it lets pass. */
export function createCalendlyRoutes(world: CalendlyWorld, voice: CalendlyVoice): CalendlyRoute[] {
  const eventOf = ({ caller, param }: Visit) => {
    const event = world.event(param("event"));
    if (!event) throw new Refusal(voice.notFound());
    if (!maySee(caller, event)) throw new Refusal(voice.denied("You are not allowed to view this event"));
    return event;
  };
  return [
    {
      method: "GET",
      pattern: "/users/me",
      query: {},
      answer: ({ caller }) => ok({ resource: toUser(caller) }),
    },
    {
      method: "GET",
      pattern: "/scheduled_events",
      query: {
        organization: uriOf("organizations"),
        user: uriOf("users"),
        invitee_email: EMAIL,
        status: STATUS,
        min_start_time: UTC_TIME,
        max_start_time: UTC_TIME,
        sort: /^start_time:(asc|desc)$/,
        ...PAGING,
      },
      answer: ({ caller, request }) =>
        ok(paginate(listEvents(world, voice, caller, request.query), request, voice, toEvent)),
    },
    {
      method: "GET",
      pattern: "/scheduled_events/:event",
      query: {},
      answer: (visit) => ok({ resource: toEvent(eventOf(visit)) }),
    },
    {
      method: "GET",
      pattern: "/scheduled_events/:event/invitees",
      query: { email: EMAIL, status: STATUS, sort: /^created_at:(asc|desc)$/, ...PAGING },
      answer: (visit) =>
        ok(paginate(listInvitees(eventOf(visit), visit.request.query), visit.request, voice, toInvitee)),
    },
    {
      method: "GET",
      pattern: "/scheduled_events/:event/invitees/:invitee",
      query: {},
      answer(visit) {
        const event = eventOf(visit);
        const invitee = world.invitee(visit.param("invitee"));
        return invitee?.event === event ? ok({ resource: toInvitee(invitee) }) : voice.notFound();
      },
    },
  ];
}

/** Who may list whose events, in Calendly's own words, and then the filters. */
function listEvents(
  world: CalendlyWorld,
  voice: CalendlyVoice,
  caller: CalendlyUser,
  query: URLSearchParams,
): CalendlyEvent[] {
  const {
    organization,
    user,
    invitee_email: email,
    status,
    min_start_time: from,
    max_start_time: to,
  } = Object.fromEntries(query);
  if (!organization && !user) {
    throw new Refusal(voice.invalid({ parameter: "organization", message: "organization or user is required" }));
  }
  if (organization && organization !== caller.organization.uri) throw new Refusal(voice.forbidden());
  if (organization && caller.role !== "owner" && user !== caller.uri) {
    throw new Refusal(voice.denied("You do not have permission"));
  }
  if (!organization && user !== caller.uri) {
    const message = "Please also specify organization when requesting events for a user within your organization.";
    throw new Refusal(voice.denied(message));
  }
  if (user && world.user(user)?.organization !== caller.organization) {
    throw new Refusal(voice.denied("This user is not in your organization"));
  }
  const { uri } = caller.organization;
  const direction = query.get("sort") === "start_time:desc" ? -1 : 1;
  return (email ? world.eventsInviting(uri, email) : world.eventsOf(uri))
    .filter((event) => user === undefined || event.host.uri === user)
    .filter((event) => status === undefined || event.status === status)
    .filter((event) => from === undefined || toMicroseconds(event.start) >= padded(from))
    .filter((event) => to === undefined || toMicroseconds(event.start) < padded(to))
    .sort((a, b) => direction * (a.start.getTime() - b.start.getTime() || (a.uuid < b.uuid ? -1 : 1)));
}

function listInvitees(event: CalendlyEvent, query: URLSearchParams) {
  const { email, status, sort } = Object.fromEntries(query);
  const found = event.invitees
    .filter(({ removed }) => !removed)
    .filter((invitee) => email === undefined || invitee.email.toLowerCase() === email.toLowerCase())
    .filter((invitee) => status === undefined || invitee.status === status);
  return sort === "created_at:desc" ? found.reverse() : found;
}

function maySee(caller: CalendlyUser, { host }: CalendlyEvent): boolean {
  return host === caller || (caller.role === "owner" && host.organization === caller.organization);
}

/** A UTC time with all its six digits, so that texts compare as times do. */
function padded(utc: string): string {
  const [seconds = "", fraction = ""] = utc.slice(0, -1).split(".");
  return `${seconds}.${fraction.padEnd(6, "0")}Z`;
}
