import type { CalendlyWorld } from "../sandbox/calendly-world";
import type { GhlWorld } from "../sandbox/ghl-world";
import type { SandboxPerson } from "../sandbox/sandbox";

/** What people, and those who invite them, do with meetings, whichever provider keeps them. Ids are `externalId`s. */
export interface Person {
  readonly provider: "GHL" | "CALENDLY";
  /** Who this is, to ask the sandbox for the truth. */
  readonly identity: SandboxPerson;
  book(start: Date): string;
  cancel(id: string): void;
  /** Moves a meeting; returns the id that it has now. */
  move(id: string, start: Date): string;
  /** The host takes it out of the calendar. */
  callOff(id: string): void;
  /** It disappears without a trace: asked for it, the provider answers 404. */
  erase(id: string): void;
  missIt(id: string): void;
  /** Calendly keeps no record of who came. */
  attend(id: string): void;
}

export function ghlPerson(world: GhlWorld, contactId: string): Person {
  return {
    provider: "GHL",
    identity: { ghlContactId: contactId },
    book: (start) => world.book(contactId, { start }).id,
    cancel: (id) => void world.cancel(id),
    move: (id, start) => world.reschedule(id, start).id,
    callOff: (id) => void world.softDelete(id),
    erase: (id) => void world.remove(id),
    missIt: (id) => void world.mark(id, "noshow"),
    attend: (id) => void world.mark(id, "showed"),
  };
}

export function calendlyPerson(
  world: CalendlyWorld,
  { organizationUri, email, name }: { organizationUri: string; email: string; name: string },
): Person {
  return {
    provider: "CALENDLY",
    identity: { organizationUri, email },
    book: (start) => world.book(email, { organizationUri, start, name }).uri,
    cancel: (uri) => void world.cancel(uri),
    move: (uri, start) => world.reschedule(uri, start).uri,
    callOff: (uri) => void world.cancel(uri, { by: "host", reason: "The host is away" }),
    erase: (uri) => void world.remove(uri),
    missIt: (uri) => void world.markNoShow(uri),
    attend: () => undefined,
  };
}
