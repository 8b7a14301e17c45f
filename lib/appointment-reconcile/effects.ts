import type { Tx } from "@/lib/db/client";
import type { LeadRecord, StoredAppointment } from "./records";
import type { Transition } from "./rules/transitions";
import { applyBooking, createMeetingTask, type MeetingTask, revokeBooking } from "./store/effects";

/**
 * Does what the transitions call for, in their own transaction. Returns how many tasks it made.
 */
export async function applyEffects(
  tx: Tx,
  lead: LeadRecord,
  transitions: readonly Transition[],
  now: Date,
): Promise<number> {
  let tasksCreated = 0;
  for (const transition of transitions) {
    switch (transition.kind) {
      case "booked": {
        const { endAt, startAt } = transition.appointment;
        await applyBooking(tx, lead.id, endAt ?? startAt, now);
        break;
      }
      case "rescheduled":
        tasksCreated += await createMeetingTask(tx, rescheduledTask(lead, transition.to, now));
        break;
      case "canceled":
        tasksCreated += await createMeetingTask(tx, canceledTask(lead, transition.before, now));
        if (!transition.hasAnother) await revokeBooking(tx, lead.id, now);
        break;
    }
  }
  return tasksCreated;
}

/** How many tasks the transitions call for: what a dry run answers. */
export function countTasks(transitions: readonly Transition[]): number {
  return transitions.filter((transition) => transition.kind !== "booked").length;
}

/** One task per cancellation: the same appointment can be confirmed again and cancelled again. */
function canceledTask(lead: LeadRecord, before: StoredAppointment, now: Date): MeetingTask {
  return {
    effectKey: `${lead.id} meeting-canceled ${before.provider} ${before.externalId} ${before.statusChangedAt.toISOString()}`,
    leadId: lead.id,
    type: "meeting-canceled",
    dueDate: now,
    subject: "Meeting canceled",
    suggestedMessage: `The meeting${startOf(before)} was canceled. Offer a new time.`,
  };
}

/** One task per new start. */
function rescheduledTask(lead: LeadRecord, to: StoredAppointment, now: Date): MeetingTask {
  return {
    effectKey: `${lead.id} meeting-rescheduled ${to.provider} ${to.externalId} ${to.startAt?.toISOString() ?? "unknown"}`,
    leadId: lead.id,
    type: "meeting-rescheduled",
    dueDate: now,
    subject: "Meeting rescheduled",
    suggestedMessage: `The meeting now takes place${startOf(to)}. Confirm the new time.`,
  };
}

function startOf({ startAt }: StoredAppointment): string {
  return startAt === null ? "" : ` on ${startAt.toISOString().slice(0, 16).replace("T", " at ")} UTC`;
}
