import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import { createRandom, pickOne, type Random } from "../sandbox/random";
import type { Person } from "./person";

/** Whoever can have meetings, and where. */
export interface Booker {
  readonly id: string;
  readonly name: string;
  readonly workspace: { readonly name: string };
  readonly person: Person;
}

/**
 * Lets the leads live at the providers: every now and then somebody books, moves, cancels or does not come. Returns what
 * makes one thing happen and says what it was.
 */
export function createRestlessWorld(leads: readonly Booker[], random: Random = createRandom(Date.now())) {
  const [first, ...others] = leads;
  if (!first) throw new Error("a world without people stands still");
  const meetings = new Map<string, string>();
  return (): string => {
    const lead = pickOne(random, [first, ...others]);
    const { person, name, workspace } = lead;
    const meeting = meetings.get(lead.id);
    if (meeting === undefined) {
      meetings.set(lead.id, person.book(someDay(random)));
      return `${name} books with ${workspace.name}`;
    }
    switch (pickOne(random, ["move", "move", "cancel", "call off", "miss"])) {
      case "move":
        meetings.set(lead.id, person.move(meeting, someDay(random)));
        return `${name} moves the meeting with ${workspace.name}`;
      case "cancel":
        person.cancel(meeting);
        meetings.delete(lead.id);
        return `${name} cancels with ${workspace.name}`;
      case "call off":
        person.callOff(meeting);
        meetings.delete(lead.id);
        return `${workspace.name} calls the meeting with ${name} off`;
      default:
        person.missIt(meeting);
        meetings.delete(lead.id);
        return `${name} does not come to ${workspace.name}`;
    }
  };
}

const DAYS_AHEAD_MAX = 14;

function someDay(random: Random): Date {
  const today = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  return new Date(today + (1 + Math.floor(random() * DAYS_AHEAD_MAX)) * DAY_MS);
}
