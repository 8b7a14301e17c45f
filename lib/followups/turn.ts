import type { PlaceHooks } from "@/lib/core/pool";
import type { FollowUpDeps } from "./deps";
import { type Plan, planInstance } from "./plan";
import type { QueuedWorkspace, TurnContext } from "./queue";
import { SEND_CHANNELS, type SendChannel } from "./sender";
import { sendAll } from "./sending";
import { settleAll } from "./settle";
import { claimDue, releaseClaims } from "./store/claims";
import { readDueInstances } from "./store/facts";
import { countPlan, type DueTally } from "./tally";

/**
 * One turn of a workspace: claim a few of its due instances, plan each, settle what needs no provider, and send the
 * messages. Returns whether there may be more to do for it.
 */
export async function takeTurn(
  deps: FollowUpDeps,
  queued: QueuedWorkspace,
  context: TurnContext,
  place: PlaceHooks,
): Promise<boolean> {
  const claimToken = deps.newId();
  const ids = await claim(deps, queued, context, claimToken);
  await deps.onStep?.("claimed");
  if (ids.length === 0) return false;
  const now = deps.clock.now();
  const { senders } = queued;
  const dues = await readDueInstances(deps.db, ids, now);
  const plans = dues.map((due) => ({ id: due.id, plan: planInstance(due, { now, senders }) }));
  await deps.onStep?.("planned");
  await leaveAll(deps, plans, queued, { claimToken, tally: context.tally });
  const settles = plans.flatMap(({ plan }) => (plan.kind === "settle" ? [plan] : []));
  for (const plan of await settleAll(deps, settles, claimToken, now)) countPlan(context.tally, plan);
  const sends = plans.flatMap(({ plan }) => (plan.kind === "send" ? [plan.send] : []));
  await sendAll(deps, queued, sends, { ...context, claimToken, place });
  return true;
}

async function claim(deps: FollowUpDeps, queued: QueuedWorkspace, context: TurnContext, claimToken: string) {
  const { lease, runStartedAt } = context;
  const { workspace, leftIds } = queued;
  const times = { now: deps.clock.now(), runStartedAt };
  const scope = {
    workspaceId: workspace.id,
    ...times,
    closedChannels: closedChannelsOf(queued),
    leftIds: [...leftIds],
  };
  return claimDue(deps.db, scope, claimToken, lease, deps.settings.claimsPerTurn);
}

/** What goes through a provider whose circuit is open. Tasks, pauses and ends are not among it. */
function closedChannelsOf({ senders, closed }: QueuedWorkspace): SendChannel[] {
  return SEND_CHANNELS.filter((channel) => {
    const provider = senders[channel];
    return provider !== null && closed.has(provider);
  });
}

/** What can only wait is given back, and not taken again in this run. */
async function leaveAll(
  deps: FollowUpDeps,
  plans: readonly { id: string; plan: Plan }[],
  { leftIds }: QueuedWorkspace,
  { claimToken, tally }: { claimToken: string; tally: DueTally },
): Promise<void> {
  const left = plans.flatMap(({ id, plan }) => (plan.kind === "leave" ? [{ id, plan }] : []));
  if (left.length === 0) return;
  for (const { id, plan } of left) {
    leftIds.add(id);
    countPlan(tally, plan);
    deps.log.debug({ instanceId: id, outcome: "left", because: plan.because }, "follow-up left");
  }
  const ids = left.map(({ id }) => id);
  await releaseClaims(deps.db, ids, claimToken);
}
