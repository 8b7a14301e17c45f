import { type Answer, isRecord, ok, Refusal } from "./answer";
import type { GhlAppointment, GhlContact, GhlLocation } from "./ghl-model";
import type { GhlVoice } from "./ghl-voice";
import { toCalendar, toContact, toEvent, toListRow, toLocation, wrapEvent, wrapList } from "./ghl-wire";
import type { GhlWorld } from "./ghl-world";
import type { SandboxRequest } from "./request";

/** The endpoints, each with what it lets pass. */
export function createGhlRoutes(world: GhlWorld, voice: GhlVoice): GhlRoute[] {
  return [...createContactRoutes(world, voice), ...createCalendarRoutes(world, voice)];
}

interface Visit {
  /** The location that the token belongs to. */
  location: GhlLocation;
  request: SandboxRequest;
  param(name: string): string;
}

export interface GhlRoute {
  method: "GET" | "POST";
  pattern: string;
  /** The specification gives each endpoint its own. */
  version: string;
  /** The query parameters that exist; any other is refused by name. */
  query: string[];
  answer(visit: Visit): Answer;
}

const CONTACTS_VERSION = "2021-07-28";
const CALENDARS_VERSION = "2021-04-15";
/** What a search gives to those who do not say how much they want. */
const SEARCH_PAGE_ROWS = 20;

function createContactRoutes(world: GhlWorld, voice: GhlVoice): GhlRoute[] {
  const contactOf = ({ location, param }: Visit) => requireContact(world, voice, location, param("contactId"));
  return [
    {
      method: "GET",
      pattern: "/contacts/:contactId/appointments",
      version: CONTACTS_VERSION,
      query: [],
      answer(visit) {
        const rows = world.appointmentsOf(contactOf(visit).id).map(toListRow);
        return ok(wrapList(rows, visit.location.quirks, voice.nextTraceId()));
      },
    },
    {
      method: "GET",
      pattern: "/contacts/search/duplicate",
      version: CONTACTS_VERSION,
      query: ["locationId", "number", "email"],
      answer({ location, request: { query } }) {
        requireOwn(voice, location, query.get("locationId"));
        const reach = query.get("email") ?? query.get("number");
        const contact = reach === null ? undefined : world.contactReachedBy(location.id, reach);
        if (!contact) return voice.badRequest("Contact not found");
        return ok({ contact: toContact(contact), traceId: voice.nextTraceId() });
      },
    },
    {
      method: "GET",
      pattern: "/contacts/:contactId",
      version: CONTACTS_VERSION,
      query: [],
      answer: (visit) => ok({ contact: toContact(contactOf(visit)), traceId: voice.nextTraceId() }),
    },
    {
      method: "POST",
      pattern: "/contacts/search",
      version: CONTACTS_VERSION,
      query: [],
      answer({ location, request: { body } }) {
        if (!isRecord(body)) return voice.badRequest("the body has to be a JSON object");
        requireOwn(voice, location, body["locationId"]);
        return ok({ ...searchContacts(world, location, body), traceId: voice.nextTraceId() });
      },
    },
    {
      method: "GET",
      pattern: "/locations/:locationId",
      version: CONTACTS_VERSION,
      query: [],
      answer({ location, param }) {
        requireOwn(voice, location, param("locationId"));
        return ok({ location: toLocation(location), traceId: voice.nextTraceId() });
      },
    },
  ];
}

function createCalendarRoutes(world: GhlWorld, voice: GhlVoice): GhlRoute[] {
  return [
    {
      method: "GET",
      pattern: "/calendars/events/appointments/:eventId",
      version: CALENDARS_VERSION,
      query: [],
      answer({ location, param }) {
        const appointment = world.appointment(param("eventId"));
        // What belongs to others is as unknown as what does not exist.
        if (appointment?.location !== location) return voice.notFound();
        return ok(wrapEvent(toEvent(appointment), location.quirks, voice.nextTraceId()));
      },
    },
    {
      method: "GET",
      pattern: "/calendars/events",
      version: CALENDARS_VERSION,
      query: ["locationId", "startTime", "endTime", "calendarId", "userId", "groupId"],
      answer({ location, request: { query } }) {
        requireOwn(voice, location, query.get("locationId"));
        const events = sweepCalendars(world, voice, query).map(toEvent);
        return ok(wrapList(events, location.quirks, voice.nextTraceId()));
      },
    },
    {
      method: "GET",
      pattern: "/calendars",
      version: CALENDARS_VERSION,
      query: ["locationId", "groupId", "showDrafted"],
      answer({ location, request: { query } }) {
        requireOwn(voice, location, query.get("locationId"));
        const calendars = world.calendarsOf(location.id).map(toCalendar);
        return ok({ calendars, traceId: voice.nextTraceId() });
      },
    },
  ];
}

/** The location's own contact of that id. */
export function requireContact(world: GhlWorld, voice: GhlVoice, location: GhlLocation, contactId: string): GhlContact {
  const contact = world.contact(contactId);
  if (!contact) throw new Refusal(voice.notFound());
  if (contact.locationId !== location.id) throw new Refusal(voice.forbidden());
  return contact;
}

function requireOwn(voice: GhlVoice, location: GhlLocation, locationId: unknown): void {
  if (typeof locationId !== "string" || locationId === "") {
    throw new Refusal(voice.unprocessable(["locationId must be a string"]));
  }
  if (locationId !== location.id) throw new Refusal(voice.forbidden());
}

/** Matches by overlap with the window, not by start: an appointment shows up in two windows that adjoin in it. */
function sweepCalendars(world: GhlWorld, voice: GhlVoice, query: URLSearchParams): GhlAppointment[] {
  const [from, to] = ["startTime", "endTime"].map((name) => {
    const text = query.get(name) ?? "";
    if (!/^\d+$/.test(text)) throw new Refusal(voice.unprocessable([`${name} must be a number string`]));
    return Number(text);
  });
  const { calendarId, groupId, userId } = Object.fromEntries(query);
  if (!calendarId && !groupId && !userId) {
    throw new Refusal(voice.unprocessable(["Either of userId, calendarId or groupId is required"]));
  }
  return world
    .calendarsOf(query.get("locationId") ?? "")
    .filter(({ id }) => calendarId === undefined || id === calendarId)
    .filter((calendar) => groupId === undefined || calendar.groupId === groupId)
    .flatMap(({ id }) => world.appointmentsIn(id))
    .filter(({ location }) => userId === undefined || location.hostUserId === userId)
    .filter(({ start, end }) => start.getTime() < (to ?? 0) && end.getTime() > (from ?? 0));
}

/** Undocumented by HighLevel; this is the shape that public code uses. Filters by e-mail or phone, else lists all. */
function searchContacts(
  world: GhlWorld,
  location: GhlLocation,
  body: Record<string, unknown>,
): { contacts: unknown[]; total: number } {
  const filters = Array.isArray(body["filters"]) ? body["filters"].filter(isRecord) : [];
  const reach = filters.find(({ field }) => field === "email" || field === "phone")?.["value"];
  const reached = typeof reach === "string" ? world.contactReachedBy(location.id, reach) : undefined;
  const found = typeof reach === "string" ? (reached ? [reached] : []) : world.contactsOf(location.id);
  const pageLimit = typeof body["pageLimit"] === "number" ? body["pageLimit"] : SEARCH_PAGE_ROWS;
  const first = typeof body["page"] === "number" ? (body["page"] - 1) * pageLimit : 0;
  return { contacts: found.slice(first, first + pageLimit).map(toContact), total: found.length };
}
