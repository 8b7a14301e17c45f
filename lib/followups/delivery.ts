import { isDeepStrictEqual } from "node:util";
import { TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import type { FollowUpDeps } from "./deps";
import { type Plan, type PlannedSend, planInstance } from "./plan";
import { recordOutcome } from "./record";
import type { StepFacts } from "./rules/facts";
import { localDay, resolveZone } from "./rules/send-window";
import type { SenderSession } from "./sender";
import { type SettlePlan, settle } from "./settle";
import { holdInstance, readDueInstances } from "./store/facts";
import { type MarkedSend, markSending } from "./store/ledger";
import type { SendResult } from "./tally";

export interface DeliveryContext {
  session: SenderSession;
  claimToken: string;
  senders: StepFacts["senders"];
}

/** What came of a message that was to be sent. */
export type Delivered =
  | ({ kind: "concluded" } & SendResult)
  /** When it was about to leave, something else was to be done, and was. */
  | { kind: "replanned"; plan: SettlePlan }
  /** Nothing was sent, and the instance is to be looked at again. */
  | { kind: "let_go"; because: string };

/** What is kept between a provider's answer and its record, beyond the provider's own limit: a commit, with patience. */
const RECORDING_MS_MAX = 30_000;

/**
 * Sends one message at most once: asks again whether it may leave when there is a permit for it, puts on record that it
 * is leaving, lets it leave, and puts on record what came of it. A process that dies in between leaves a record which
 * says that it was leaving.
 */
export async function deliver(deps: FollowUpDeps, send: PlannedSend, context: DeliveryContext): Promise<Delivered> {
  const markings: Marking[] = [];
  await deps.onStep?.("send_due");
  const outcome = await context.session.send(send.message, async () => {
    const marking = await mark(deps, send, context);
    await deps.onStep?.("marked");
    markings.push(marking);
    return marking.kind === "marked";
  });
  await deps.onStep?.("sent");
  if (outcome.kind === "cut_off") return { kind: "let_go", because: "cut_off" };
  // What a sender finds out by itself, before it asks, is a try like any other: no connection, or nobody to send to.
  const marking = markings[0] ?? (await mark(deps, send, context));
  if (marking.kind === "replanned") return marking;
  if (marking.kind === "left") return { kind: "let_go", because: marking.because };
  if (outcome.kind === "prevented") return { kind: "let_go", because: "prevented" };
  return recordOutcome(deps, send, marking.marked, outcome);
}

type Marking =
  | { kind: "marked"; marked: MarkedSend }
  | { kind: "replanned"; plan: SettlePlan }
  | { kind: "left"; because: string };

/**
 * The last look before the bytes leave, in one short transaction that holds the lead and the instance still. The plan is
 * made again from what is there now. Only if it comes to the very same message is that marked as leaving; whatever else
 * it comes to, a reply, a booking, another touch today, is done instead.
 */
async function mark(deps: FollowUpDeps, send: PlannedSend, context: DeliveryContext): Promise<Marking> {
  const { claimToken, senders } = context;
  return deps.db.$transaction(async (tx): Promise<Marking> => {
    if (!(await holdInstance(tx, { id: send.instanceId, leadId: send.leadId }))) return left("gone");
    await deps.onStep?.("marking");
    const now = deps.clock.now();
    const [due] = await readDueInstances(tx, [send.instanceId], now);
    if (due?.claimToken !== claimToken) return left("claim_lost");
    const plan = planInstance(due, { now, senders });
    if (plan.kind === "settle") return settleInstead(tx, plan, claimToken, now);
    if (plan.kind === "leave") return left(plan.because);
    if (!isSameMessage(plan, send)) return left("changed_meanwhile");
    const marked = markedSendOf(send, claimToken, now);
    const day = localDay(now, resolveZone(plan.send.zones.lead, plan.send.zones.workspace));
    const ttlMs = deps.settings.sendTimeoutMs + RECORDING_MS_MAX;
    return (await markSending(tx, marked, day, ttlMs)) ? { kind: "marked", marked } : left("sent_before");
  }, TRANSACTION_LIMITS);
}

function left(because: string): Marking {
  return { kind: "left", because };
}

async function settleInstead(tx: Tx, plan: SettlePlan, claimToken: string, now: Date): Promise<Marking> {
  const [settled] = await settle(tx, [plan], claimToken, now);
  return settled ? { kind: "replanned", plan: settled } : left("changed_meanwhile");
}

function isSameMessage(plan: Plan & { kind: "send" }, send: PlannedSend): boolean {
  const { instanceId, round, fromStep, step, provider, message } = plan.send;
  const now = { instanceId, round, fromStep, stepOrder: step.stepOrder, provider, message };
  return isDeepStrictEqual(now, {
    ...{ instanceId: send.instanceId, round: send.round, fromStep: send.fromStep, stepOrder: send.step.stepOrder },
    ...{ provider: send.provider, message: send.message },
  });
}

function markedSendOf(send: PlannedSend, claimToken: string, markedAt: Date): MarkedSend {
  const { instanceId, leadId, round, fromStep, attempts, step } = send;
  const { stepOrder, channel } = step;
  return { instanceId, leadId, round, fromStep, attempts: attempts + 1, stepOrder, channel, claimToken, markedAt };
}
