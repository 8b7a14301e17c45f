import { scrub } from "@/lib/core/scrub";
import { fullTime } from "./words";

/** What an operator is told of. An alarm's key is its kind and its subject: a job, or a workspace with a provider. */
export const ALARM_KINDS = [
  "job_overdue",
  "job_stalled",
  "run_breaker",
  "credential_dead",
  "backstop_found",
  "sends_uncertain",
  "timing_mismatch",
  "sync_unhealthy",
] as const;

export type AlarmKind = (typeof ALARM_KINDS)[number];
export type AlarmState = "firing" | "ok";

/** What is so now, and should not be. */
export interface Trouble {
  key: string;
  kind: AlarmKind;
  /** One sentence for people, with the name and the id of the workspace it is about. */
  summary: string;
}

/** An alarm as it is on record. */
export interface StoredAlarm {
  key: string;
  kind: string;
  state: string;
  change: number;
  since: Date;
  summary: string;
}

/** What the records say at one moment. */
export interface AlarmFacts {
  jobs: readonly {
    job: string;
    schedule: string;
    isOverdue: boolean;
    isStalled: boolean;
    lastSuccessAt: Date | null;
  }[];
  /** Whether the breaker of each of the latest reconcile runs tripped, newest first. */
  breakersTripped: readonly boolean[];
  deadCredentials: readonly (NamedWorkspace & { provider: string })[];
  /** Follow-ups that the backstop had to complete within the last hour. */
  backstopCompleted: number;
  /** Rows on which the audit of response timing disagreed within the last hour. */
  rowsMismatched: number;
  /** Instances paused because nobody knows whether a message was sent. */
  sendsUncertain: number;
  /** Workspaces whose latest sync failed, and how many failed in a row, counted to two. */
  failedSyncs: readonly (NamedWorkspace & { inARow: number })[];
}

export interface NamedWorkspace {
  clientId: string;
  /** As its row has it: anything at all. */
  name: string;
}

/** A run's breaker that tripped stays an alarm until so many runs went by without: one good run in between is luck. */
const CALM_RUNS = 3;
/** One failed sync is a provider's bad moment. */
const FAILED_SYNCS = 2;

/** All that is wrong now. What `firing` holds already has to be well for longer than what is new: that keeps it still. */
export function findTroubles(facts: AlarmFacts, firing: ReadonlySet<string>): Trouble[] {
  return [
    ...facts.jobs.flatMap(troublesOfJob),
    ...whenever(
      breakerTripped(facts, firing),
      "run_breaker",
      "appointment-reconcile",
      () => "Job appointment-reconcile ended early: too many checks failed.",
    ),
    ...facts.deadCredentials.map(({ provider, ...workspace }) =>
      trouble(
        "credential_dead",
        `${workspace.clientId}:${provider}`,
        `${describeWorkspace(workspace)}: ${provider} refuses its credential.`,
      ),
    ),
    ...whenever(
      facts.backstopCompleted > 0,
      "backstop_found",
      "followups",
      () =>
        `The backstop had to complete ${count(facts.backstopCompleted, "follow-up")} of leads that had booked: somewhere a booking is written without its effects.`,
    ),
    ...whenever(
      facts.sendsUncertain > 0,
      "sends_uncertain",
      "followups",
      () =>
        `${count(facts.sendsUncertain, "message")} may or may not have been sent; the instances are paused as send_uncertain.`,
    ),
    ...whenever(
      facts.rowsMismatched > 0,
      "timing_mismatch",
      "response-timing",
      () => `The audit of response timing disagreed with ${count(facts.rowsMismatched, "row")}.`,
    ),
    ...facts.failedSyncs
      .filter(({ clientId, inARow }) => inARow >= FAILED_SYNCS || firing.has(keyOf("sync_unhealthy", clientId)))
      .map((workspace) =>
        trouble(
          "sync_unhealthy",
          workspace.clientId,
          `${describeWorkspace(workspace)}: its background sync keeps failing.`,
        ),
      ),
  ];
}

/** A change of an alarm: `seen` is the change on which it was decided, so that another's comes first or not at all. */
export interface AlarmChange {
  key: string;
  kind: string;
  state: AlarmState;
  summary: string;
  seen: number;
}

/** What has changed between the record and now, both ways, and what is said differently but is the same. */
export function compareWithRecord(
  troubles: readonly Trouble[],
  stored: readonly StoredAlarm[],
): { changes: AlarmChange[]; reworded: { key: string; summary: string }[] } {
  const byKey = new Map(stored.map((alarm) => [alarm.key, alarm]));
  const now = new Set(troubles.map(({ key }) => key));
  const begun = troubles.filter(({ key }) => byKey.get(key)?.state !== "firing");
  const over = stored.filter(({ key, state }) => state === "firing" && !now.has(key));
  const same = troubles.filter(({ key }) => byKey.get(key)?.state === "firing");
  return {
    changes: [
      ...begun.map((trouble) => ({ ...trouble, state: "firing" as const, seen: byKey.get(trouble.key)?.change ?? 0 })),
      ...over.map(({ key, kind, summary, change }) => ({ key, kind, summary, state: "ok" as const, seen: change })),
    ],
    reworded: same
      .filter(({ key, summary }) => byKey.get(key)?.summary !== summary)
      .map(({ key, summary }) => ({ key, summary })),
  };
}

export function keyOf(kind: AlarmKind, subject: string): string {
  return `${kind}:${subject}`;
}

function troublesOfJob({ job, schedule, isOverdue, isStalled, lastSuccessAt }: AlarmFacts["jobs"][number]): Trouble[] {
  const since = lastSuccessAt === null ? "has never succeeded" : `has not succeeded since ${fullTime(lastSuccessAt)}`;
  return [
    ...whenever(isOverdue, "job_overdue", job, () => `Job ${job} is overdue: it ${since}, and is due at ${schedule}.`),
    ...whenever(
      isStalled,
      "job_stalled",
      job,
      () => `Job ${job} is stalled: its runs succeed, and its work does not get done.`,
    ),
  ];
}

function breakerTripped({ breakersTripped }: AlarmFacts, firing: ReadonlySet<string>): boolean {
  const looksBack = firing.has(keyOf("run_breaker", "appointment-reconcile")) ? CALM_RUNS : 1;
  return breakersTripped.slice(0, looksBack).includes(true);
}

function whenever(isSo: boolean, kind: AlarmKind, subject: string, summary: () => string): Trouble[] {
  return isSo ? [trouble(kind, subject, summary())] : [];
}

function trouble(kind: AlarmKind, subject: string, summary: string): Trouble {
  return { key: keyOf(kind, subject), kind, summary };
}

/** As much of a workspace's name as tells it from others. */
const NAME_LENGTH_MAX = 60;

/** By name where it has one, and by id in any case: names repeat. No name breaks the line or gives anybody away. */
function describeWorkspace({ clientId, name }: NamedWorkspace): string {
  // By characters, since half of one could not be stored.
  const told = [...scrub(name).replaceAll(/\s+/g, " ").trim()];
  if (told.length === 0) return `Workspace ${clientId}`;
  const shown = told.length > NAME_LENGTH_MAX ? [...told.slice(0, NAME_LENGTH_MAX), "…"] : told;
  return `Workspace ${shown.join("")} (${clientId})`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
