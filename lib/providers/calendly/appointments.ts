import type {
  AppointmentSource,
  LeadSubject,
  Observation,
  ObservedAppointment,
} from "@/lib/appointment-reconcile/source";
import type { Requester } from "../request";
import { type CalendlyApi, createCalendlyApi, type Listing } from "./api";
import { type Ask, askOnce } from "./ask";
import { type Spelling, toObserved } from "./observed";
import { type OnRecord, readOnRecord, settledInvitees } from "./on-record";
import type { InviteeRef } from "./uris";
import { type CalendlyEvent, type CalendlyInvitee, normalizeEmail } from "./wire";

export interface CalendlySourceOptions {
  requester: Requester;
  organizationUri: string;
}

/** Links from a moved meeting to the next that are followed for one lead: more moves than that are not one story. */
const LINKS_MAX = 10;

/** Without an address to list by, what is not seen may still be there. */
const NOTHING_LISTED = { oddRows: 0, complete: false };

/**
 * Calendly as a source of appointments, for one organization.
 *
 * An appointment is an invitee, never a meeting: in a group one may cancel and the others come. The lead's e-mail address
 * finds the meetings; the stored invitee, and what replaced a moved one, are found whatever address they were booked with.
 */
export function createCalendlyAppointmentSource({
  requester,
  organizationUri,
}: CalendlySourceOptions): AppointmentSource {
  const api: CalendlyApi = createCalendlyApi(requester, organizationUri);
  return { provider: "CALENDLY", observe: (subject, signal) => observe(askOnce(api, signal), subject) };
}

async function observe(ask: Ask, subject: LeadSubject): Promise<Observation> {
  const record = readOnRecord(subject);
  const found = new Found(record.spelling);
  const email = await findEmail(ask, subject, record);
  const listed = email === null ? NOTHING_LISTED : await gatherListed(ask, email, record, found);

  for (const ref of record.expected) {
    if (!found.has(ref.inviteeUuid)) await gatherOne(ask, ref, found);
  }
  const links = await gatherSuccessors(ask, found);

  return {
    items: found.items(),
    listed: email !== null,
    complete: listed.complete && links.complete,
    oddRows: listed.oddRows,
    foundContactId: null,
  };
}

/** The lead's own address, else the one that the stored invitee was booked with; null if there is neither. */
async function findEmail(ask: Ask, subject: LeadSubject, { stored }: OnRecord): Promise<string | null> {
  const own = subject.email?.trim();
  if (own) return own;
  return stored && ((await ask.invitee(stored))?.email ?? null);
}

/** All that the lead's address leads to. Complete only if every page of every listing was read and understood. */
async function gatherListed(ask: Ask, email: string, record: OnRecord, found: Found) {
  const events = await ask.events(email);
  let { oddRows, complete } = events;
  for (const event of withoutRepeats(events)) {
    const settled = settledInvitees(record, event);
    if (settled.length > 0) {
      for (const [uuid, item] of settled) found.addRecorded(uuid, item);
      continue;
    }
    const invitees = await ask.invitees(event.uuid, email);
    // An event that was named a moment ago and is not found now is unknown, and so is what became of its invitees.
    complete &&= invitees?.complete ?? false;
    oddRows += invitees?.oddRows ?? 0;
    for (const invitee of invitees?.rows ?? []) {
      if (invitee.email === normalizeEmail(email)) found.add(invitee, event);
    }
  }
  return { oddRows, complete };
}

async function gatherOne(ask: Ask, ref: InviteeRef, found: Found): Promise<void> {
  const invitee = await ask.invitee(ref);
  if (invitee !== null) found.add(invitee, await ask.event(ref.eventUuid));
}

/** Follows each moved meeting to the one that replaced it: it may have been booked with another address. */
async function gatherSuccessors(ask: Ask, found: Found): Promise<{ complete: boolean }> {
  const asked = new Set<string>();
  for (;;) {
    const next = found.successors().find((ref) => !found.has(ref.inviteeUuid) && !asked.has(ref.inviteeUuid));
    if (next === undefined) return { complete: true };
    if (asked.size === LINKS_MAX) return { complete: false };
    asked.add(next.inviteeUuid);
    await gatherOne(ask, next, found);
  }
}

/** What this observation has found, by the invitee's last segment. What was found first counts. */
class Found {
  private readonly observed = new Map<string, ObservedAppointment>();
  private readonly links: InviteeRef[] = [];

  constructor(private readonly spelling: Spelling) {}

  has(inviteeUuid: string): boolean {
    return this.observed.has(inviteeUuid);
  }

  add(invitee: CalendlyInvitee, event: CalendlyEvent | null): void {
    if (this.has(invitee.ref.inviteeUuid)) return;
    this.observed.set(invitee.ref.inviteeUuid, toObserved(invitee, event, this.spelling));
    if (invitee.successor !== null) this.links.push(invitee.successor.ref);
  }

  addRecorded(inviteeUuid: string, item: ObservedAppointment): void {
    this.observed.set(inviteeUuid, item);
  }

  successors(): InviteeRef[] {
    return this.links;
  }

  items(): ObservedAppointment[] {
    return [...this.observed.values()];
  }
}

/** A meeting may be listed twice where pages shift while they are read. */
function withoutRepeats({ rows }: Listing<CalendlyEvent>): Iterable<CalendlyEvent> {
  const first = new Map<string, CalendlyEvent>();
  for (const event of rows) if (!first.has(event.uuid)) first.set(event.uuid, event);
  return first.values();
}
