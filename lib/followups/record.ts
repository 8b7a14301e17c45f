import { DAY_MS } from "@/lib/core/time";
import { TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import type { FollowUpDeps } from "./deps";
import { afterStep, type PlannedSend, stepKey } from "./plan";
import type { StepTask } from "./records";
import { sendRetryMs } from "./rules/retry";
import type { SendOutcome } from "./sender";
import { holdLeads } from "./store/facts";
import {
  type InstanceAfterSend,
  type MarkedSend,
  moveAfterSend,
  moveLastOutbound,
  recordSend,
  type SendRecorded,
  storeMessage,
} from "./store/ledger";
import { createStepTasks } from "./store/settle";
import type { SendResult } from "./tally";

type CertainOutcome = Exclude<SendOutcome, { kind: "cut_off" }>;

/**
 * Puts on record what a provider's answer means, in one transaction: the ledger, the lead's message, the instance's next
 * step, and a task where a person has to take over.
 */
export async function recordOutcome(
  deps: FollowUpDeps,
  send: PlannedSend,
  marked: MarkedSend,
  outcome: CertainOutcome,
): Promise<{ kind: "concluded" } & SendResult> {
  const now = deps.clock.now();
  const conclusion = concludeFrom(outcome, send, marked, now);
  await deps.db.$transaction(async (tx) => {
    await holdLeads(tx, [send.leadId]);
    await deps.onStep?.("recording");
    if (!(await recordSend(tx, marked, conclusion.entry))) return;
    if (outcome.kind === "sent") await keepMessage(tx, send, marked, outcome.externalId);
    await moveAfterSend(tx, marked, conclusion.after, now);
    if (conclusion.task) await createStepTasks(tx, [conclusion.task]);
  }, TRANSACTION_LIMITS);
  await deps.onStep?.("recorded");
  const { instanceId, leadId, step, provider } = send;
  const said = { instanceId, leadId, stepOrder: step.stepOrder, provider, outcome: outcome.kind };
  deps.log.debug({ ...said, reason: conclusion.entry.reason }, "follow-up sent for");
  const finished = conclusion.after.status === "completed";
  return { kind: "concluded", outcome, givenUp: conclusion.task !== null, finished };
}

interface Conclusion {
  entry: SendRecorded;
  after: InstanceAfterSend;
  task: StepTask | null;
}

function concludeFrom(outcome: CertainOutcome, send: PlannedSend, marked: MarkedSend, now: Date): Conclusion {
  switch (outcome.kind) {
    case "sent": {
      const entry = { status: "sent", externalId: outcome.externalId, reason: null } as const;
      return { entry, after: stepOver(send, marked.markedAt), task: null };
    }
    case "unknown":
      return { entry: entryOf("unknown", outcome.reason), after: waitUntil(null, "send_uncertain"), task: null };
    case "refused":
      return giveUp(send, marked, outcome.reason, now);
    case "not_sent": {
      const waitMs = sendRetryMs(marked.attempts);
      if (waitMs === null) return giveUp(send, marked, `not sent in ${marked.attempts} tries: ${outcome.reason}`, now);
      const dueAt = new Date(now.getTime() + Math.max(waitMs, Math.min(outcome.retryAfterMs ?? 0, DAY_MS)));
      return { entry: entryOf("not_sent", outcome.reason), after: waitUntil(dueAt, null), task: null };
    }
  }
}

/** A person takes over, and the step counts as done. */
function giveUp(send: PlannedSend, marked: MarkedSend, reason: string, now: Date): Conclusion {
  const { leadId, instanceId, round, step, message } = send;
  const task = {
    ...{ leadId, instanceId, stepOrder: step.stepOrder, type: step.channel, dueDate: now },
    ...{ subject: message.subject, suggestedMessage: message.body },
    effectKey: stepKey(instanceId, round, step.stepOrder),
  };
  return { entry: entryOf("refused", reason), after: stepOver(send, marked.markedAt), task };
}

function entryOf(status: SendRecorded["status"], reason: string): SendRecorded {
  return { status, externalId: null, reason };
}

function stepOver({ steps, step }: PlannedSend, doneAt: Date): InstanceAfterSend {
  const { status, pausedReason, nextStepDue } = afterStep(steps, step.stepOrder, doneAt);
  return { status, pausedReason, doneStep: step.stepOrder, nextStepDue };
}

/** The step stays to be done: at another time, or when people have found out what became of it. */
function waitUntil(nextStepDue: Date | null, pausedReason: string | null): InstanceAfterSend {
  return { status: pausedReason === null ? "active" : "paused", pausedReason, doneStep: null, nextStepDue };
}

async function keepMessage(tx: Tx, send: PlannedSend, marked: MarkedSend, externalId: string | null): Promise<void> {
  await storeMessage(tx, marked, send.message.body, externalId);
  await moveLastOutbound(tx, send.leadId, marked.markedAt);
}
