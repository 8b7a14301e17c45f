import pLimit from "p-limit";
import type { PlaceHooks } from "@/lib/core/pool";
import { SECOND_MS } from "@/lib/core/time";
import { type Delivered, deliver } from "./delivery";
import type { FollowUpDeps } from "./deps";
import type { PlannedSend } from "./plan";
import type { QueuedWorkspace, TurnContext } from "./queue";
import type { SenderProvider, SenderSession } from "./sender";
import { releaseClaims } from "./store/claims";
import { countPlan, countSend } from "./tally";

export interface SendingContext extends TurnContext {
  claimToken: string;
  place: PlaceHooks;
}

/**
 * How long a turn begins new messages. A provider that takes its whole time limit over each keeps its workspace's place no
 * longer than this and one message; what was claimed and not begun is given back, and comes in a later turn.
 */
const TURN_MS_MAX = 5 * SECOND_MS;

/** Sends a turn's messages, provider by provider, each behind its circuit and within its rate. */
export async function sendAll(
  deps: FollowUpDeps,
  queued: QueuedWorkspace,
  sends: readonly PlannedSend[],
  context: SendingContext,
): Promise<void> {
  const { deadline, place } = context;
  const options = { deadline, onParked: place.parked, onResumed: place.resumed };
  for (const provider of new Set(sends.map((send) => send.provider))) {
    const own = sends.filter((send) => send.provider === provider);
    const session = await deps.openSender(queued.workspace, provider, options);
    if (session === "circuit_open") {
      queued.closed.add(provider);
      await postpone(deps, own, context);
      continue;
    }
    try {
      await sendThrough(deps, queued, own, { ...context, session });
    } finally {
      await session.close();
    }
  }
}

/** Several at a time, until the circuit opens or the turn is over. Whatever was not begun is given back. */
async function sendThrough(
  deps: FollowUpDeps,
  queued: QueuedWorkspace,
  sends: readonly PlannedSend[],
  context: SendingContext & { session: SenderSession },
): Promise<void> {
  const { session, claimToken, deadline } = context;
  const { senders } = queued;
  const endsAtMs = performance.now() + TURN_MS_MAX;
  const limit = pLimit(deps.settings.sendConcurrency);
  const notBegun = sends.slice(session.sendsMax);
  const begin = async (send: PlannedSend) => {
    const isOver = session.isOpen() || queued.cutOff || deadline.passed() || performance.now() > endsAtMs;
    if (isOver) return void notBegun.push(send);
    await count(deps, queued, send, await deliver(deps, send, { session, claimToken, senders }), context);
  };
  // An error of one message is none of the others': all that were begun end before it is thrown.
  const ended = await Promise.allSettled(sends.slice(0, session.sendsMax).map((send) => limit(begin, send)));
  if (session.isOpen()) {
    queued.closed.add(session.provider);
    await postpone(deps, notBegun, context);
  } else await giveBack(deps, notBegun, claimToken);
  const failed = ended.find((one) => one.status === "rejected");
  if (failed) throw failed.reason;
}

async function count(
  deps: FollowUpDeps,
  queued: QueuedWorkspace,
  send: PlannedSend,
  delivered: Delivered,
  { tally, claimToken }: SendingContext,
): Promise<void> {
  switch (delivered.kind) {
    case "concluded":
      countSend(tally, delivered);
      return;
    case "replanned":
      countPlan(tally, delivered.plan);
      return;
    case "let_go":
      // Whoever comes after it would wait for a permit just as long.
      if (delivered.because === "cut_off") closeUntilNextRun(queued, send.provider);
      queued.leftIds.add(send.instanceId);
      await giveBack(deps, [send], claimToken);
      deps.log.debug({ instanceId: send.instanceId, outcome: "left", because: delivered.because }, "follow-up left");
  }
}

function closeUntilNextRun(queued: QueuedWorkspace, provider: SenderProvider): void {
  queued.closed.add(provider);
  queued.cutOff = true;
}

/** The provider takes nothing now: the messages wait for a run that finds the circuit closed. */
async function postpone(
  deps: FollowUpDeps,
  sends: readonly PlannedSend[],
  { tally, claimToken }: SendingContext,
): Promise<void> {
  tally.due += sends.length;
  tally.deferred += sends.length;
  await giveBack(deps, sends, claimToken);
}

async function giveBack(deps: FollowUpDeps, sends: readonly PlannedSend[], claimToken: string): Promise<void> {
  if (sends.length === 0) return;
  const ids = sends.map((send) => send.instanceId);
  await releaseClaims(deps.db, ids, claimToken);
}
