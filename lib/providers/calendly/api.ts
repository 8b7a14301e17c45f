import { nullIfNotFound } from "../refusals";
import { type Requester, unexpectedShape } from "../request";
import type { InviteeRef } from "./uris";
import {
  type CalendlyEvent,
  type CalendlyInvitee,
  readCalendlyEvent,
  readCalendlyInvitee,
  readPage,
  readResource,
} from "./wire";

/** The largest page that Calendly gives. */
const PAGE_SIZE = "100";
/** Pages read of one listing: 5000 meetings of one person are a loop, not a history. */
const PAGES_MAX = 50;

export interface Listing<T> {
  rows: T[];
  oddRows: number;
  /** Read to its end without losing a row. */
  complete: boolean;
}

export interface CalendlyApi {
  /** The organization's meetings with this invitee, past and cancelled ones too. */
  listEvents(email: string, signal: AbortSignal): Promise<Listing<CalendlyEvent>>;
  /** An event's invitees with this e-mail address; null if there is no such event. */
  listInvitees(eventUuid: string, email: string, signal: AbortSignal): Promise<Listing<CalendlyInvitee> | null>;
  /** Null if there is no such event. */
  readEvent(eventUuid: string, signal: AbortSignal): Promise<CalendlyEvent | null>;
  /** Null if there is no such invitee. */
  readInvitee(ref: InviteeRef, signal: AbortSignal): Promise<CalendlyInvitee | null>;
}

/** Calendly's answers about one organization, read. Every call throws `ProviderError`, or the signal's reason. */
export function createCalendlyApi(requester: Requester, organizationUri: string): CalendlyApi {
  return {
    listEvents: (email, signal) =>
      readPages(requester, {
        path: "/scheduled_events",
        query: { organization: organizationUri, invitee_email: email },
        label: "list events of invitee",
        readRow: readCalendlyEvent,
        signal,
      }),

    listInvitees: (eventUuid, email, signal) =>
      nullIfNotFound(
        readPages(requester, {
          path: `/scheduled_events/${encodeURIComponent(eventUuid)}/invitees`,
          query: { email },
          label: "list invitees of event",
          readRow: readCalendlyInvitee,
          signal,
        }),
      ),

    readEvent: (eventUuid, signal) =>
      readOne(requester, {
        path: `/scheduled_events/${encodeURIComponent(eventUuid)}`,
        label: "read event",
        read: readCalendlyEvent,
        isAsked: (event) => event.uuid === eventUuid,
        signal,
      }),

    readInvitee: ({ eventUuid, inviteeUuid }, signal) =>
      readOne(requester, {
        path: `/scheduled_events/${encodeURIComponent(eventUuid)}/invitees/${encodeURIComponent(inviteeUuid)}`,
        label: "read invitee",
        read: readCalendlyInvitee,
        isAsked: (invitee) => invitee.ref.inviteeUuid === inviteeUuid,
        signal,
      }),
  };
}

interface PagedCall<T> {
  path: string;
  /** Repeated with every page, as Calendly asks. */
  query: Record<string, string>;
  label: string;
  readRow: (value: unknown) => T | null;
  signal: AbortSignal;
}

async function readPages<T>(requester: Requester, call: PagedCall<T>): Promise<Listing<T>> {
  const { path, label, signal } = call;
  const rows: T[] = [];
  let oddRows = 0;
  const tokensSeen = new Set<string>();
  let query: Record<string, string> = { ...call.query, count: PAGE_SIZE };
  for (let pages = 1; ; pages += 1) {
    const answer = await requester.get(path, { query, label, signal });
    const page = readPage(answer.body);
    if (page === null) throw unexpectedShape(requester, label, answer);
    for (const value of page.values) {
      const row = call.readRow(value);
      if (row === null) oddRows += 1;
      else rows.push(row);
    }
    const { next } = page;
    if (next.kind !== "token") return { rows, oddRows, complete: next.kind === "end" && oddRows === 0 };
    // A token that comes again would lead in circles.
    if (tokensSeen.has(next.token) || pages === PAGES_MAX) return { rows, oddRows, complete: false };
    tokensSeen.add(next.token);
    query = { ...query, page_token: next.token };
  }
}

interface SingleCall<T> {
  path: string;
  label: string;
  read: (value: unknown) => T | null;
  isAsked: (resource: T) => boolean;
  signal: AbortSignal;
}

function readOne<T>(requester: Requester, { path, label, read, isAsked, signal }: SingleCall<T>): Promise<T | null> {
  return nullIfNotFound(
    requester.get(path, { label, signal }).then((answer) => {
      const resource = read(readResource(answer.body));
      if (resource === null || !isAsked(resource)) throw unexpectedShape(requester, label, answer);
      return resource;
    }),
  );
}
