import { type Ending, type Expected, primaryOf } from "./expected";
import type { StoredLead } from "./stored";

/** What is compared, in the order in which it is reported. */
export const SUBJECTS = ["appointments", "roll-ups", "statuses", "sequences", "tasks"] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface Disagreement {
  subject: Subject;
  /** Who, what is on record, and what is true. For people. */
  text: string;
}

/** Everything in which the record of a lead differs from what it has to be. */
export function compareLead(expected: Expected, stored: StoredLead | undefined, now: Date): Disagreement[] {
  if (!stored) return [{ subject: "roll-ups", text: `${expected.name}: the lead is not on record` }];
  const told: Record<Subject, string[]> = {
    appointments: compareAppointments(expected, stored),
    "roll-ups": compareRollUp(expected, stored, now),
    statuses: compareWords("status", stored.status, statusAfter(expected)),
    sequences: compareSequences(expected, stored),
    tasks: compareTasks(expected, stored),
  };
  return SUBJECTS.flatMap((subject) => told[subject].map((text) => ({ subject, text: `${expected.name}: ${text}` })));
}

function compareAppointments({ meetings, provider }: Expected, { appointments, clientId }: StoredLead): string[] {
  const trueIds = new Set(meetings.map(({ externalId }) => externalId));
  const invented = appointments.filter((row) => !trueIds.has(row.externalId));
  return [
    ...meetings.flatMap((meeting) => {
      const rows = appointments.filter((row) => row.externalId === meeting.externalId);
      const [row] = rows;
      if (!row || rows.length > 1) return [`appointment ${meeting.externalId} is on record ${rows.length} times`];
      return [
        ...compareWords("provider", row.provider, provider),
        ...compareWords("workspace", row.clientId, clientId),
        ...compareWords("status", row.status, meeting.status),
        ...compareTimes("start", row.startAt, meeting.startAt),
        ...compareTimes("end", row.endAt, meeting.endAt),
      ].map((difference) => `appointment ${meeting.externalId}: ${difference}`);
    }),
    ...invented.map(({ externalId }) => `appointment ${externalId} is on record and does not exist`),
  ];
}

function compareRollUp({ meetings, provider, ghlContactId }: Expected, stored: StoredLead, now: Date): string[] {
  const primary = primaryOf(meetings, now);
  const [ghlId, calendlyUri] = provider === "GHL" ? [primary?.externalId, null] : [null, primary?.externalId];
  const canceled = primary?.status === "canceled" || primary?.status === "rescheduled";
  return [
    ...compareWords("GHL appointment", stored.ghlAppointmentId, ghlId),
    ...compareWords("Calendly invitee", stored.calendlyInviteeUri, calendlyUri),
    ...compareWords("provider", stored.appointmentProvider, primary && provider),
    ...compareWords("appointment's status", stored.appointmentStatus, primary?.status),
    ...compareTimes("start", stored.appointmentStartAt, primary?.startAt),
    ...compareTimes("end", stored.appointmentEndAt, primary?.endAt),
    ...compareWords("time of booking", known(stored.appointmentBookedAt), known(primary)),
    ...compareWords("time of cancellation", known(stored.appointmentCanceledAt), known(canceled || null)),
    ...(ghlContactId === null ? [] : compareWords("contact", stored.ghlContactId, ghlContactId)),
  ];
}

function statusAfter({ ending, statusBefore }: Expected): string {
  const after: Record<Ending, string> = {
    untouched: statusBefore,
    "left to people": statusBefore,
    booked: "meeting-booked",
    lost: "qualified",
  };
  return after[ending];
}

const REMINDERS_AFTER: Record<Ending, string> = {
  untouched: "none",
  "left to people": "none",
  booked: "active at step 0",
  lost: "cancelled at step 0",
};

function compareSequences({ chasing, ending }: Expected, { followUpInstances }: StoredLead): string[] {
  const reminders = followUpInstances.filter(({ sequence }) => sequence.triggerOn === "meeting_selected");
  const others = followUpInstances.filter(({ sequence }) => sequence.triggerOn !== "meeting_selected");
  const ended = "completed for meeting_booked";
  const told = reminders.map(({ status, currentStep }) => `${status} at step ${currentStep}`).join(", ");
  return [
    ...compareWords("reminders", told || "none", REMINDERS_AFTER[ending]),
    ...compareWords("number of other sequences", String(others.length), String(chasing.length)),
    ...chasing.flatMap(({ sequenceId, status }) => {
      const instance = others.find((other) => other.sequenceId === sequenceId);
      const now = instance && [instance.status, instance.completedReason].filter(Boolean).join(" for ");
      return compareWords("chasing", now, ending === "untouched" ? status : ended);
    }),
  ];
}

function compareTasks({ tasks }: Expected, { followUpTasks }: StoredLead): string[] {
  const types = new Set([...Object.keys(tasks), ...followUpTasks.map(({ type }) => type)]);
  return [...types].flatMap((type) => {
    const count = followUpTasks.filter((task) => task.type === type).length;
    return compareWords(`${type} tasks`, String(count), String(tasks[type] ?? 0));
  });
}

function compareWords(what: string, stored: string | null | undefined, truth: string | null | undefined): string[] {
  return (stored ?? null) === (truth ?? null) ? [] : [`${what} is ${stored ?? "none"}, should be ${truth ?? "none"}`];
}

function compareTimes(what: string, stored: Date | null, truth: Date | null | undefined): string[] {
  return compareWords(what, stored?.toISOString(), truth?.toISOString());
}

function known(value: unknown): string {
  return value === null ? "unknown" : "known";
}
