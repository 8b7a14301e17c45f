import type { LeadRecord } from "./records";
import type { Decision, LeadOutcome } from "./rules/decide";
import type { AppointmentStatus } from "./source";

/** The part of a lead's roll-up that people go by. */
export interface MeetingView {
  status: AppointmentStatus | null;
  startAt: Date | null;
}

/** What a run changes in one lead, or would change: ids, words and times, nothing that names a person. */
export interface LeadChange {
  leadId: string;
  outcome: LeadOutcome;
  before: MeetingView;
  after: MeetingView;
  /** What happens besides, in the order in which it does. */
  transitions: ("booked" | "canceled" | "rescheduled")[];
  tasksCreated: number;
}

/** A decision about a lead, as it is told to whoever watches the run. */
export function describeChange(lead: LeadRecord, decision: Decision, tasksCreated: number): LeadChange {
  const { rollUp, outcome, transitions } = decision;
  const viewOf = (view: LeadRecord["rollUp"]): MeetingView => ({
    status: view.appointmentStatus,
    startAt: view.appointmentStartAt,
  });
  return {
    ...{ leadId: lead.id, outcome, tasksCreated },
    before: viewOf(lead.rollUp),
    after: viewOf(rollUp ?? lead.rollUp),
    transitions: transitions.map(({ kind }) => kind),
  };
}
