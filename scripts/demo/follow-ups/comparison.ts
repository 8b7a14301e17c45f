import type { Expected } from "./expected";
import type { Delivery, StoredLead } from "./witnessed";

/** What is compared, in the order in which it is reported. */
export const SUBJECTS = [
  "deliveries",
  "nothing twice",
  "nothing after a booking",
  "messages on record",
  "follow-ups",
  "follow-up tasks",
  "sends and uncertain sends",
  "put off until",
] as const;
export type Subject = (typeof SUBJECTS)[number];

export interface Disagreement {
  subject: Subject;
  /** Who, what there is, and what should be. For people. */
  text: string;
}

/** Everything in which what a lead got, or its record, differs from what has to be. */
export function compareLead(
  expected: Expected,
  deliveries: readonly Delivery[],
  stored: StoredLead | undefined,
): Disagreement[] {
  const { name } = expected;
  if (!stored) return [{ subject: "follow-ups", text: `${name}: the lead is not on record` }];
  const told: Record<Subject, string[]> = {
    deliveries: compareLists("got", deliveries.map(describe), expected.deliveries),
    "nothing twice": findTwice(deliveries),
    "nothing after a booking": findAfterBooking(expected, deliveries),
    "messages on record": compareMessages(expected, deliveries, stored),
    "follow-ups": compareSequence(expected, stored),
    "follow-up tasks": compareLists("tasks", stored.followUpTasks.map(describeTask), expected.tasks),
    "sends and uncertain sends": compareLists(
      "sends",
      stored.followUpSends.map(({ status }) => status),
      expected.ledger,
    ),
    "put off until": compareDue(expected, stored),
  };
  return SUBJECTS.flatMap((subject) => told[subject].map((text) => ({ subject, text: `${name}: ${text}` })));
}

/** Messages to people who are in no plot. */
export function findStrays(deliveries: readonly Delivery[]): Disagreement[] {
  return deliveries
    .filter(({ leadId }) => leadId === null)
    .map(({ externalId, channel }) => ({ subject: "deliveries", text: `${channel} ${externalId} went to a stranger` }));
}

function describe({ channel, through, words }: Delivery): string {
  return `${channel} through ${through}: ${words}`;
}

function describeTask({ type, status, suggestedMessage }: StoredLead["followUpTasks"][number]): string {
  return `${type}, ${status}: ${suggestedMessage}`;
}

/** Whoever passed it on: the same words on the same channel are the same message. */
function findTwice(deliveries: readonly Delivery[]): string[] {
  const told = deliveries.map(({ channel, words }) => `${channel}: ${words}`);
  return [...new Set(told.filter((text, place) => told.indexOf(text) !== place))].map((text) => `got twice ${text}`);
}

function findAfterBooking({ bookedAt }: Expected, deliveries: readonly Delivery[]): string[] {
  return deliveries
    .filter(({ at }) => bookedAt !== null && at > bookedAt)
    .map((delivery) => `has a meeting, and got ${describe(delivery)}`);
}

/** What programs wrote is on record once, under the provider's name for it, and nothing is that nobody got. */
function compareMessages(expected: Expected, deliveries: readonly Delivery[], { messages }: StoredLead): string[] {
  const written = messages.filter(({ direction, sentBy }) => direction === "outbound" && sentBy !== "setter");
  const delivered = new Set(deliveries.map(({ externalId }) => externalId));
  const invented = written.filter(({ externalId }) => externalId === null || !delivered.has(externalId));
  const texts = written.map(({ channel, body }) => `${channel}: ${body}`);
  return [
    ...compareLists("messages", texts, expected.messages),
    ...invented.map(({ id }) => `message ${id} is on record, and no provider knows of it`),
  ];
}

function compareSequence(expected: Expected, { followUpInstances, status }: StoredLead): string[] {
  const now = followUpInstances.map((instance) => {
    const because = instance.completedReason ?? instance.pausedReason;
    return `${instance.status}${because === null ? "" : ` for ${because}`} at step ${instance.currentStep}`;
  });
  return [
    ...compareLists("sequences", now, [expected.sequence]),
    ...compareLists("status", [status], [expected.status]),
  ];
}

function compareDue({ nextStepDue }: Expected, { followUpInstances }: StoredLead): string[] {
  if (nextStepDue === null) return [];
  const now = followUpInstances.map((instance) => instance.nextStepDue?.toISOString() ?? "never");
  return compareLists("next step due", now, [nextStepDue.toISOString()]);
}

/** In whatever order. */
function compareLists(what: string, actual: readonly string[], wanted: readonly string[]): string[] {
  const [now, right] = [actual, wanted].map((list) => list.toSorted().join(" | ") || "none");
  return now === right ? [] : [`${what}: ${now}; should be: ${right}`];
}
