import { nextOpening, nextOpeningAfterTouch, type OfficeHours } from "../../environment/calendar";
import type { FollowUpLead, StepOrder } from "../../environment/follow-up-leads";
import { chooseEvening } from "../../environment/open-hours";
import type { Part, Stage } from "./stage";
import { fillIn, toMail } from "./words";

/** What has to have come of a lead, in the words in which it is compared and reported. */
export interface Expected {
  readonly leadId: string;
  /** Who it is, where, and in which plot. For people. */
  readonly name: string;
  /** What its phone and its mailbox have to show. */
  readonly deliveries: readonly string[];
  /** Since when it has a meeting; null without one. */
  readonly bookedAt: Date | null;
  /** What has to be on record of what programs wrote to it. */
  readonly messages: readonly string[];
  readonly status: string;
  readonly sequence: string;
  readonly tasks: readonly string[];
  readonly ledger: readonly string[];
  /** When its next step has to be due; null where that is nobody's business. */
  readonly nextStepDue: Date | null;
}

/** Worked out from the plot and the calendar, and not by the code that is being checked. */
export function expectationOf({ actor: { lead, bookedAt }, plot }: Part, { now }: Pick<Stage, "now">): Expected {
  const { gets, ends, tasks = [], lostAnswer } = plot;
  // What HighLevel took and did not confirm is nowhere on record. Kapso can be asked, and background sync does so.
  const recorded = gets.filter((step) => lostAnswer === undefined || throughOf(step, lead) === "Kapso");
  return {
    leadId: lead.id,
    name: `${lead.name} of ${lead.workspace.name} (${plot.name})`,
    deliveries: gets.map((step) => describeDelivery(step, lead)),
    bookedAt,
    messages: recorded.map((step) => `${step.channel}: ${fillIn(step.messageTemplate, lead)}`),
    status: plot.status ?? "new",
    sequence: isOpen(ends) ? ends : `completed for ${ends}`,
    tasks: tasks.map(({ step, status }) => `${step.channel}, ${status}: ${fillIn(step.messageTemplate, lead)}`),
    ledger: plot.ledger ?? gets.map(() => "sent"),
    nextStepDue: dueOf(lead, plot.waitsFor, now),
  };
}

/** Who passes a message on: WhatsApp goes through Kapso where the workspace has a number there. */
export function throughOf({ channel }: Pick<StepOrder, "channel">, { workspace }: FollowUpLead): string {
  return channel === "whatsapp" && workspace.kapsoNumberId !== null ? "Kapso" : "HighLevel";
}

function describeDelivery(step: StepOrder, lead: FollowUpLead): string {
  const { channel, subject, messageTemplate } = step;
  const text = fillIn(messageTemplate, lead);
  const words = channel === "email" ? `${fillIn(subject ?? "", lead)}: ${toMail(text)}` : text;
  return `${channel} through ${throughOf(step, lead)}: ${words}`;
}

function isOpen(ends: string): boolean {
  return ends.startsWith("active") || ends.startsWith("paused");
}

function dueOf({ workspace: { hours } }: FollowUpLead, waitsFor: Part["plot"]["waitsFor"], now: Date): Date | null {
  switch (waitsFor) {
    case undefined:
      return null;
    case "office hours": {
      const there: OfficeHours = { ...hours, utcOffsetHours: chooseEvening(now) };
      return nextOpening(now, there);
    }
    case "another day":
      return nextOpeningAfterTouch(now, now, hours);
  }
}
