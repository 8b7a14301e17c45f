import type { DueInstance, InstanceChange, SendRecord, StepTask } from "./records";
import { nextDue, nextStep } from "./rules/due";
import type { Prevention, SequenceStep, StepDecision, StepFacts, TaskContent } from "./rules/facts";
import { decideStep } from "./rules/step";
import type { OutgoingMessage, SenderProvider } from "./sender";

/** What is to be done about a due instance, as rows and messages. */
export type Plan =
  /** A change of rows, and the task that goes with it. */
  | { kind: "settle"; change: InstanceChange; task: StepTask | null; because: SettledBecause; detail: string | null }
  | { kind: "send"; send: PlannedSend }
  /** Nothing changes now: what stops it is settled elsewhere, or an earlier send of the step is still under way. */
  | { kind: "leave"; because: Prevention | "send_under_way" };

export type SettledBecause = "paused" | "deferred" | "task_left" | "approval_asked" | "step_skipped" | "finished";

/** One message, and what its sending is recorded against. */
export interface PlannedSend {
  instanceId: string;
  leadId: string;
  round: Date;
  fromStep: number;
  step: SequenceStep;
  provider: SenderProvider;
  message: OutgoingMessage;
  /** Whose clocks say which day it is when the message leaves: the lead's, else the workspace's. */
  zones: { lead: string | null; workspace: string };
  /** How often the step was tried before. */
  attempts: number;
  /** The sequence as it is now: what comes after the step is found in it. */
  steps: readonly SequenceStep[];
}

/**
 * Works out what follows for one due instance. Steps whose condition does not hold, or which were dealt with before, are
 * passed over until there is one to be done, one that is not due yet, or none. Pure.
 *
 * A step that is passed over is no touch: `lastStepAt` stays, so that a reply since the last real step still counts.
 */
export function planInstance(due: DueInstance, at: Pick<StepFacts, "now" | "senders">): Plan {
  let facts: StepFacts = { ...due.facts, ...at };
  for (;;) {
    const step = nextStep(facts.sequence.steps, facts.instance.currentStep);
    const sendBefore = step && statusOfSend(due, step);
    if (sendBefore === "sending") return { kind: "leave", because: "send_under_way" };
    const decision = decideStep(facts);
    if (step === null || !(decision.kind === "skip_step" || isOver(sendBefore))) return toPlan(due, facts, decision);
    const next = nextDue(facts.sequence.steps, { stepOrder: step.stepOrder, doneAt: at.now });
    const instance = { ...facts.instance, currentStep: step.stepOrder, nextStepDue: next?.dueAt ?? null };
    facts = { ...facts, instance };
    if (next === null) return settle(due, finished(facts), "finished");
    if (next.dueAt > at.now) return settle(due, unchanged(facts), "step_skipped");
  }
}

function statusOfSend(due: DueInstance, { stepOrder }: SequenceStep): SendRecord["status"] | null {
  return due.sends.find((send) => send.stepOrder === stepOrder)?.status ?? null;
}

/** What was sent, refused or is uncertain in this round is never sent again, wherever `currentStep` stands. */
function isOver(send: SendRecord["status"] | null): boolean {
  return send === "sent" || send === "refused" || send === "unknown";
}

function toPlan(due: DueInstance, facts: StepFacts, decision: StepDecision): Plan {
  switch (decision.kind) {
    case "prevented":
      return { kind: "leave", because: decision.by };
    case "pause":
      return settle(due, paused(facts, decision.reason), "paused", { detail: decision.detail });
    case "complete":
      return settle(due, finished(facts), "finished");
    case "skip_step":
      return settle(due, { ...unchanged(facts), currentStep: decision.step.stepOrder }, "step_skipped");
    case "defer":
      return settle(due, { ...unchanged(facts), nextStepDue: decision.until }, "deferred", {
        detail: decision.because,
      });
    case "task": {
      const task = taskOf(due, decision.step, decision.content);
      if (decision.task === "approval")
        return settle(due, paused(facts, "awaiting_approval"), "approval_asked", { task });
      return settle(due, stepDone(facts, decision.step), "task_left", { task });
    }
    case "send":
      return { kind: "send", send: sendOf(due, facts, decision) };
  }
}

type NewState = Omit<InstanceChange, "id" | "leadId" | "round" | "fromStep">;

function settle(
  due: DueInstance,
  state: NewState,
  because: SettledBecause,
  more: { task?: StepTask; detail?: string | null } = {},
): Plan {
  const { startedAt: round, currentStep: fromStep } = due.facts.instance;
  const change = { id: due.id, leadId: due.leadId, round, fromStep, ...state };
  return { kind: "settle", change, because, task: more.task ?? null, detail: more.detail ?? null };
}

function unchanged({ instance: { currentStep, nextStepDue } }: StepFacts): NewState {
  return { status: "active", pausedReason: null, currentStep, lastStepAt: null, nextStepDue };
}

function paused(facts: StepFacts, pausedReason: string): NewState {
  return { ...unchanged(facts), status: "paused", pausedReason };
}

function finished(facts: StepFacts): NewState {
  return { ...unchanged(facts), status: "completed", nextStepDue: null };
}

function stepDone({ sequence, now }: StepFacts, step: SequenceStep): NewState {
  return afterStep(sequence.steps, step.stepOrder, now);
}

/** What an instance becomes when a step of it was done: on to the next, or finished. */
export function afterStep(steps: readonly SequenceStep[], stepOrder: number, doneAt: Date): NewState {
  const next = nextDue(steps, { stepOrder, doneAt });
  const status = next === null ? "completed" : "active";
  return { status, pausedReason: null, currentStep: stepOrder, lastStepAt: doneAt, nextStepDue: next?.dueAt ?? null };
}

/** The task of a step, under a key that names its round. */
export function taskOf(
  { id, leadId, facts }: Pick<DueInstance, "id" | "leadId" | "facts">,
  { stepOrder }: SequenceStep,
  content: TaskContent,
): StepTask {
  return { ...content, leadId, instanceId: id, stepOrder, effectKey: stepKey(id, facts.instance.startedAt, stepOrder) };
}

/** `STEP_KEY` of the store says the same in SQL. */
export function stepKey(instanceId: string, round: Date, stepOrder: number): string {
  return `${instanceId} ${round.toISOString()} step ${stepOrder}`;
}

function sendOf(due: DueInstance, facts: StepFacts, decision: StepDecision & { kind: "send" }): PlannedSend {
  const { step, provider, message } = decision;
  const { startedAt: round, currentStep: fromStep } = due.facts.instance;
  const attempts = due.sends.find((send) => send.stepOrder === step.stepOrder)?.attempts ?? 0;
  const zones = { lead: facts.lead.timezone, workspace: facts.workspace.timezone };
  const { steps } = facts.sequence;
  return { instanceId: due.id, leadId: due.leadId, round, fromStep, step, provider, message, zones, attempts, steps };
}
