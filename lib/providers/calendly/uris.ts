/**
 * Calendly names everything by URI, and the same thing by several: what its booking widget hands out lives under
 * `https://calendly.com/api/v2/…`. Things are therefore told apart by their last segment, and asked for by their
 * segments at the configured address: the host in a URI is never contacted.
 */

/** The two segments that an invitee is asked for with. */
export interface InviteeRef {
  eventUuid: string;
  inviteeUuid: string;
}

/** Letters, digits, hyphens and underscores need no encoding and cannot lead to another path. */
const UUID = "[A-Za-z0-9_-]{1,100}";
const EVENT_URI = new RegExp(`/scheduled_events/(${UUID})/?$`);
const INVITEE_URI = new RegExp(`/scheduled_events/(${UUID})/invitees/(${UUID})/?$`);
const INVITEE_ALONE_URI = new RegExp(`/invitees/(${UUID})/?$`);

/** The segment that names an event; null if this is no event's URI. */
export function readEventUuid(uri: unknown): string | null {
  return (typeof uri === "string" && EVENT_URI.exec(withoutQuery(uri))?.[1]) || null;
}

/**
 * The segments that name an invitee; null if this is no invitee's URI. One that does not name its event gets it from
 * `eventUri`.
 */
export function readInviteeRef(uri: unknown, eventUri?: string | null): InviteeRef | null {
  if (typeof uri !== "string") return null;
  const [, eventInUri, inviteeInUri] = INVITEE_URI.exec(withoutQuery(uri)) ?? [];
  const eventUuid = eventInUri ?? readEventUuid(eventUri);
  const inviteeUuid = inviteeInUri ?? INVITEE_ALONE_URI.exec(withoutQuery(uri))?.[1];
  return eventUuid && inviteeUuid ? { eventUuid, inviteeUuid } : null;
}

function withoutQuery(uri: string): string {
  return uri.trim().replace(/[?#].*$/s, "");
}
