import type { Plan } from "./plan";
import type { SendOutcome } from "./sender";

/** What the due step did. An instance that sent its last message counts under `sent` and under `completed`. */
export interface DueTally {
  /** Instances that were dealt with: claimed and judged, paused for a reply or a snooze when due, or found interrupted. */
  due: number;
  /** Messages that a provider took. */
  sent: number;
  /** Tasks left for people: calls, LinkedIn, approvals, and what could not be sent. */
  tasks: number;
  /** Instances that have no step left. */
  completed: number;
  /** Put off: outside the hours, a touch today already, a provider that takes none now, a circuit that is open. */
  deferred: number;
  /** Stopped or paused: replied, snoozed, booked, opted out, something that the step lacks. */
  blocked: number;
  /** Messages that certainly were not sent and will not be; each leaves a task. */
  failed: number;
  /** Messages of which nobody knows whether they were sent. They are never sent again. */
  unknown: number;
}

export function emptyTally(): DueTally {
  return { due: 0, sent: 0, tasks: 0, completed: 0, deferred: 0, blocked: 0, failed: 0, unknown: 0 };
}

/** Counts a plan that was carried out; in a dry run, one that would have been. A send is counted by what came of it. */
export function countPlan(tally: DueTally, plan: Exclude<Plan, { kind: "send" }>): void {
  tally.due++;
  if (plan.kind === "leave") {
    tally.blocked++;
    return;
  }
  if (plan.change.status === "completed") tally.completed++;
  switch (plan.because) {
    case "paused":
      tally.blocked++;
      return;
    case "deferred":
      tally.deferred++;
      return;
    case "task_left":
    case "approval_asked":
      tally.tasks++;
      return;
    case "step_skipped":
    case "finished":
      return;
  }
}

/** What a send came to, with what follows for its instance. */
export interface SendResult {
  outcome: SendOutcome;
  /** It will not be tried again, and a person is asked. */
  givenUp: boolean;
  /** It was the instance's last step. */
  finished: boolean;
}

export function countSend(tally: DueTally, { outcome, givenUp, finished }: SendResult): void {
  if (outcome.kind === "cut_off") return;
  tally.due++;
  if (finished) tally.completed++;
  switch (outcome.kind) {
    case "sent":
      tally.sent++;
      return;
    case "unknown":
      tally.unknown++;
      return;
    case "refused":
    case "not_sent":
      if (!givenUp) {
        tally.deferred++;
        return;
      }
      tally.failed++;
      tally.tasks++;
  }
}
