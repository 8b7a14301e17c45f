import type { CalendlyApi, Listing } from "./api";
import type { InviteeRef } from "./uris";
import type { CalendlyEvent, CalendlyInvitee } from "./wire";

/** The questions of one observation. What was told once is not asked again. */
export interface Ask {
  events(email: string): Promise<Listing<CalendlyEvent>>;
  invitees(eventUuid: string, email: string): Promise<Listing<CalendlyInvitee> | null>;
  event(eventUuid: string): Promise<CalendlyEvent | null>;
  invitee(ref: InviteeRef): Promise<CalendlyInvitee | null>;
}

export function askOnce(api: CalendlyApi, signal: AbortSignal): Ask {
  const events = new Map<string, CalendlyEvent | null>();
  const invitees = new Map<string, CalendlyInvitee | null>();
  return {
    async events(email) {
      const listing = await api.listEvents(email, signal);
      for (const event of listing.rows) events.set(event.uuid, event);
      return listing;
    },
    invitees: (eventUuid, email) => api.listInvitees(eventUuid, email, signal),
    async event(eventUuid) {
      const event = events.get(eventUuid);
      if (event !== undefined) return event;
      const read = await api.readEvent(eventUuid, signal);
      events.set(eventUuid, read);
      return read;
    },
    async invitee(ref) {
      const invitee = invitees.get(ref.inviteeUuid);
      if (invitee !== undefined) return invitee;
      const read = await api.readInvitee(ref, signal);
      invitees.set(ref.inviteeUuid, read);
      return read;
    },
  };
}
