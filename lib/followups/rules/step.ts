import type { SendChannel } from "../sender";
import { holds, readCondition } from "./condition";
import { nextStep } from "./due";
import type { PauseReason, Prevention, SequenceStep, StepDecision, StepFacts } from "./facts";
import { composeMessage, composeSuggestion } from "./message";
import { isBlank, isSendChannel, missingReach } from "./reach";
import { hasReplied, hasRepliedSinceStep } from "./replied";
import { firstSendInstant, firstSendInstantAfterTouch, localDay, resolveZone, type SendHours } from "./send-window";
import { isBooked, isOptedOut, isUntilLater } from "./stops";

/**
 * What is to be done about an instance that is due. Pure: the same facts, the same decision.
 *
 * What comes first decides:
 * 1. What stops it and is settled elsewhere: closed, not due, sequence off, opted out, booked, workspace paused.
 * 2. What pauses it: a reply before a snooze, since a reply outlasts it.
 * 3. No step left: finished.
 * 4. The step's condition: malformed, or it does not hold. Neither waits for a window: nobody is written to.
 * 5. What the step lacks: a sender (for what a machine sends), the lead's address or number, then a value of its text.
 * 6. A task where people do the step. It is left at once, and due within the lead's hours.
 * 7. The hour and the day, last of all: only what would be sent now is put off, and it is judged anew when it is time.
 */
export function decideStep(facts: StepFacts): StepDecision {
  const prevention = findPrevention(facts);
  if (prevention) return { kind: "prevented", by: prevention };
  if (hasReplied(facts.lastReplyAt, facts.instance)) return pause("lead_replied");
  if (isUntilLater(facts.lead.snoozedUntil, facts.now)) return pause("lead_snoozed");
  const step = nextStep(facts.sequence.steps, facts.instance.currentStep);
  return step ? decideOn(step, facts) : { kind: "complete", reason: "finished" };
}

function findPrevention({ instance, sequence, lead, workspace, now }: StepFacts): Prevention | null {
  if (instance.status !== "active") return "instance_closed";
  if (instance.nextStepDue === null || instance.nextStepDue > now) return "not_due";
  if (!sequence.isActive) return "sequence_inactive";
  if (isOptedOut(lead)) return "opted_out";
  if (isBooked(lead, { triggerOn: sequence.triggerOn, startedAt: instance.startedAt })) return "booked";
  return isUntilLater(workspace.followUpsPausedUntil, now) ? "workspace_paused" : null;
}

function decideOn(step: SequenceStep, facts: StepFacts): StepDecision {
  const read = readCondition(step.condition);
  if (read.kind === "malformed") return pause("malformed_condition", read.reason);
  const conditionFacts = {
    hasPhone: !isBlank(facts.lead.phone),
    hasEmail: !isBlank(facts.lead.email),
    hasReplied: hasRepliedSinceStep(facts.lastReplyAt, facts.instance),
  };
  if (!holds(read.condition, conditionFacts)) return { kind: "skip_step", step, because: "condition" };
  const { channel } = step;
  return isSendChannel(channel) && !step.requiresApproval ? decideSend(step, channel, facts) : decideTask(step, facts);
}

/** A step that people do. Whether a machine could send on the channel does not matter to them. */
function decideTask(step: SequenceStep, facts: StepFacts): StepDecision {
  const lack = findLack(step, facts);
  if (lack) return pause(lack);
  const composed = composeSuggestion(step, facts);
  if (composed.kind === "missing") return pause(`missing_lead_data: ${composed.name}`);
  const dueDate = firstSendInstant({ ...hoursOf(facts), dueAt: facts.now });
  const content = { type: step.channel, dueDate, subject: composed.subject, suggestedMessage: composed.body };
  return { kind: "task", task: step.requiresApproval ? "approval" : "person", step, content };
}

function decideSend(step: SequenceStep, channel: SendChannel, facts: StepFacts): StepDecision {
  const provider = facts.senders[channel];
  if (provider === null) return pause("no_sender");
  const lack = findLack(step, facts);
  if (lack) return pause(lack);
  const { ghlContactId, email, phone } = facts.lead;
  // HighLevel sends to contacts and to nothing else. No enrichment finds their ids, so none is waited for.
  if (provider === "GHL" && isBlank(ghlContactId)) return pause("missing_lead_data: ghlContactId");
  const composed = composeMessage(step, facts);
  if (composed.kind === "missing") return pause(`missing_lead_data: ${composed.name}`);
  const deferral = findDeferral(channel, facts);
  if (deferral) return deferral;
  const message = { channel, to: { ghlContactId, email, phone }, subject: composed.subject, body: composed.body };
  return { kind: "send", step, provider, message };
}

/** While enrichment is under way the lead's data may still come; otherwise nobody but people will bring them. */
function findLack(step: SequenceStep, { lead }: StepFacts): PauseReason | null {
  const missing = missingReach(step.channel, lead);
  if (missing === null) return null;
  return lead.enrichmentStatus === "pending" ? "awaiting_enrichment" : `missing_lead_data: ${missing}`;
}

/** One send per lead, channel and local day: the next waits for the next window, which may be a later one than today's. */
function findDeferral(channel: SendChannel, facts: StepFacts): StepDecision | null {
  const { now, lastTouchAt } = facts;
  const hours = hoursOf(facts);
  const touchedAt = lastTouchAt[channel];
  if (touchedAt && localDay(touchedAt, hours.zone) === localDay(now, hours.zone)) {
    const until = firstSendInstantAfterTouch({ ...hours, now, touchedAt });
    return { kind: "defer", until, because: "touched_today" };
  }
  const until = firstSendInstant({ ...hours, dueAt: now });
  return until > now ? { kind: "defer", until, because: "outside_window" } : null;
}

function hoursOf({ lead, workspace }: StepFacts): SendHours {
  const { workStartTime, workEndTime } = workspace;
  return { zone: resolveZone(lead.timezone, workspace.timezone), workStartTime, workEndTime };
}

function pause(reason: PauseReason, detail: string | null = null): StepDecision {
  return { kind: "pause", reason, detail };
}
