import { TRANSACTION_LIMITS } from "@/lib/db/client";
import { BATCH_SIZE } from "./batches";
import type { StepScope } from "./deps";
import { afterStep, taskOf } from "./plan";
import type { DueInstance, InstanceChange, StepTask } from "./records";
import { type Resumed, resumeEnrichedFollowUps } from "./resumes";
import { nextStep } from "./rules/due";
import type { SequenceStep, StepFacts } from "./rules/facts";
import { composeSuggestion } from "./rules/message";
import { hasReplied } from "./rules/replied";
import { firstSendInstant, resolveZone } from "./rules/send-window";
import { holdLeads, readDueInstances } from "./store/facts";
import { findApproved, findUnenriched } from "./store/resumes";
import { createStepTasks, settleInstances } from "./store/settle";

/** Pauses that end with their step done: by people, or because nobody but people can do it. */

/**
 * Ends the wait for enrichment. Where the next step's channel has what it needs now, the instance goes on with it; where
 * enrichment has failed, the step becomes a task and the instance goes on with the one after it.
 */
export async function resumeAwaitingEnrichmentFollowUps(scope: StepScope): Promise<Resumed & { skippedCount: number }> {
  const resumed = await resumeEnrichedFollowUps(scope);
  const skipped = await endPauses(scope, "awaiting_enrichment", async (limit) => {
    const ids = await findUnenriched(scope.db, scope, limit);
    const dues = await readDueInstances(scope.db, ids, scope.now);
    return dues.flatMap((due) => {
      const step = nextStep(due.facts.sequence.steps, due.facts.instance.currentStep);
      return step ? [{ due, stepOrder: step.stepOrder, task: taskInstead(due, step, scope.now) }] : [];
    });
  });
  return { ...resumed, skippedCount: skipped.count, exhausted: resumed.exhausted && skipped.exhausted };
}

/** Ends the wait for an approval, once its task is completed or skipped: the step is done, and the next is reckoned from now. */
export async function resumeApprovedFollowUps(scope: StepScope): Promise<{ resumedCount: number; exhausted: boolean }> {
  const { count, exhausted } = await endPauses(scope, "awaiting_approval", async (limit) => {
    const approved = await findApproved(scope.db, scope, limit);
    const stepOrders = new Map(approved.map((one) => [one.id, one.stepOrder]));
    const dues = await readDueInstances(scope.db, [...stepOrders.keys()], scope.now);
    return dues.map((due) => ({ due, stepOrder: stepOrders.get(due.id) ?? 0, task: null }));
  });
  return { resumedCount: count, exhausted };
}

/** An instance whose pause is over, the step that counts as done now, and the task that it leaves. */
interface PauseOver {
  due: DueInstance;
  stepOrder: number;
  task: StepTask | null;
}

/** Page by page, each in one transaction, until a page is not full. A dry run only counts the first. */
async function endPauses(
  scope: StepScope,
  pausedReason: string,
  find: (limit: number) => Promise<PauseOver[]>,
): Promise<{ count: number; exhausted: boolean }> {
  if (scope.dryRun) return { count: (await find(DRY_RUN_ROWS_MAX)).length, exhausted: true };
  let count = 0;
  for (;;) {
    if (scope.deadline?.passed()) return { count, exhausted: false };
    const page = await find(BATCH_SIZE);
    const ended = page.length === 0 ? 0 : await endPage(scope, pausedReason, page);
    count += ended;
    if (page.length < BATCH_SIZE || ended === 0) return { count, exhausted: true };
  }
}

/** Ids enough for any count that a person reads. */
const DRY_RUN_ROWS_MAX = 1_000_000;

async function endPage({ db, now }: StepScope, pausedReason: string, page: readonly PauseOver[]): Promise<number> {
  const changes = page.map((over) => changeOf(over, now));
  return db.$transaction(async (tx) => {
    await holdLeads(
      tx,
      changes.map((change) => change.leadId),
    );
    const changed = new Set(await settleInstances(tx, changes, { pausedReason }, now));
    const tasks = page.flatMap(({ due, task }) => (task && changed.has(due.id) ? [task] : []));
    if (tasks.length > 0) await createStepTasks(tx, tasks);
    return changed.size;
  }, TRANSACTION_LIMITS);
}

/** A reply that came while it waited pauses it at its next step. */
function changeOf({ due, stepOrder }: PauseOver, now: Date): InstanceChange {
  const { id, leadId, facts } = due;
  const { startedAt: round, currentStep: fromStep } = facts.instance;
  const change = { id, leadId, round, fromStep, ...afterStep(facts.sequence.steps, stepOrder, now) };
  const replied = change.status === "active" && hasReplied(facts.lastReplyAt, facts.instance);
  return replied ? { ...change, status: "paused", pausedReason: "lead_replied" } : change;
}

/** What the step would have said, as far as it can be filled in: a person will know what to make of the rest. */
function taskInstead(due: DueInstance, step: SequenceStep, now: Date): StepTask {
  const { lead, workspace } = due.facts;
  const composed = composeSuggestion(step, due.facts);
  const text =
    composed.kind === "composed" ? composed : { subject: step.subject, body: step.messageTemplate.trim() || null };
  const dueDate = firstSendInstant({ ...hoursOf({ lead, workspace }), dueAt: now });
  return taskOf(due, step, { type: step.channel, dueDate, subject: text.subject, suggestedMessage: text.body });
}

function hoursOf({ lead, workspace }: Pick<StepFacts, "lead" | "workspace">) {
  const { workStartTime, workEndTime, timezone } = workspace;
  return { zone: resolveZone(lead.timezone, timezone), workStartTime, workEndTime };
}
