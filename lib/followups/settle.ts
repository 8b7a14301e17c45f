import { TRANSACTION_LIMITS, type Tx } from "@/lib/db/client";
import type { FollowUpDeps } from "./deps";
import type { Plan } from "./plan";
import { holdLeads } from "./store/facts";
import { createStepTasks, settleInstances } from "./store/settle";

export type SettlePlan = Plan & { kind: "settle" };

/**
 * Carries out what needs no provider: a whole batch in one transaction, each instance only if it still is what the plan
 * was made for, its task with it. Returns the plans that were carried out.
 */
export async function settleAll(
  deps: FollowUpDeps,
  plans: readonly SettlePlan[],
  claimToken: string,
  now: Date,
): Promise<SettlePlan[]> {
  if (plans.length === 0) return [];
  const settled = await deps.db.$transaction((tx) => settle(tx, plans, claimToken, now), TRANSACTION_LIMITS);
  await deps.onStep?.("settled");
  for (const { change, because, detail } of settled) {
    const { id: instanceId, leadId, pausedReason } = change;
    deps.log.debug({ instanceId, leadId, outcome: because, pausedReason, detail }, "follow-up settled");
  }
  return settled;
}

/** The same inside a transaction of the caller's. */
export async function settle(
  tx: Tx,
  plans: readonly SettlePlan[],
  claimToken: string,
  now: Date,
): Promise<SettlePlan[]> {
  const changes = plans.map((plan) => plan.change);
  await holdLeads(
    tx,
    changes.map((change) => change.leadId),
  );
  const changed = new Set(await settleInstances(tx, changes, { claimToken }, now));
  const settled = plans.filter((plan) => changed.has(plan.change.id));
  const tasks = settled.flatMap((plan) => plan.task ?? []);
  if (tasks.length > 0) await createStepTasks(tx, tasks);
  return settled;
}
