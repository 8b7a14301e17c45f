import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import type { SampleLead } from "../environment/sample-leads";

/** What somebody did between two ticks, in the words in which it is reported. */
export type Deed = "booked" | "canceled" | "moved" | "re-booked" | "called off" | "erased" | "missed" | "attended";

/** A lead who does things at the provider, one meeting after the other, and every one of them unheard of here. */
export class Actor {
  readonly deeds: Deed[] = [];
  private readonly meetings: string[] = [];
  private bookings = 0;

  constructor(readonly lead: SampleLead) {}

  books(): void {
    this.bookFor(daysAhead(this.bookings + 1));
  }

  /** Books a meeting that is over by now. Returns its id. */
  hadMeeting(): string {
    return this.bookFor(new Date(wholeMinute().getTime() - 2 * HOUR_MS));
  }

  cancels(): void {
    this.lead.person.cancel(this.lastMeeting());
    this.deeds.push("canceled");
  }

  cancelsFirst(): void {
    this.lead.person.cancel(this.meetings[0] ?? "");
    this.deeds.push("canceled");
  }

  moves(): void {
    this.meetings.push(this.lead.person.move(this.lastMeeting(), daysAhead(++this.bookings)));
    this.deeds.push("moved");
  }

  /** The other way of moving: cancels and books again, and nothing says that the two belong together. */
  rebooks(): void {
    this.lead.person.cancel(this.lastMeeting());
    this.meetings.push(this.lead.person.book(daysAhead(++this.bookings)));
    this.deeds.push("re-booked");
  }

  isCalledOff(): void {
    this.lead.person.callOff(this.lastMeeting());
    this.deeds.push("called off");
  }

  isErased(): void {
    this.lead.person.erase(this.lastMeeting());
    this.deeds.push("erased");
  }

  missesIt(): void {
    this.lead.person.missIt(this.lastMeeting());
    this.deeds.push("missed");
  }

  attends(): void {
    this.lead.person.attend(this.lastMeeting());
    this.deeds.push("attended");
  }

  private bookFor(start: Date): string {
    const id = this.lead.person.book(start);
    this.meetings.push(id);
    this.bookings++;
    this.deeds.push("booked");
    return id;
  }

  private lastMeeting(): string {
    return this.meetings.at(-1) ?? "";
  }
}

/** Both providers can say whole minutes exactly. */
function wholeMinute(): Date {
  return new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
}

function daysAhead(days: number): Date {
  return new Date(wholeMinute().getTime() + days * DAY_MS);
}
