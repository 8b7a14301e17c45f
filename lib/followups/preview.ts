import type { Deadline } from "@/lib/core/time";
import type { FollowUpDeps } from "./deps";
import type { DueResult } from "./engine";
import { afterStep, planInstance } from "./plan";
import { queueWorkspace } from "./queue";
import type { DueInstance, InstanceChange } from "./records";
import type { StepFacts } from "./rules/facts";
import { findDue } from "./store/claims";
import { readDueInstances } from "./store/facts";
import { findInterrupted } from "./store/ledger";
import { findReplied, findSnoozedDue } from "./store/pauses";
import { findWorkspacesWithDue } from "./store/workspaces";
import { countPlan, countSend, type DueTally, emptyTally } from "./tally";

export interface PreviewScope {
  clientId?: string | undefined;
  /** What the steps before this one would have resumed. */
  resumedIds: readonly string[];
  runStartedAt: Date;
  deadline: Deadline;
}

/** Instances whose facts are read at a time. */
const PAGE_SIZE = 500;
/** A dry run lists what is due in one go: ids are small, and nothing marks how far it has come. */
const DUE_MAX = 1_000_000;

/**
 * Works out what `processFollowUpsDue` would do now, from the same reads and the same plans, without a claim, a write or
 * a request. Providers are taken to accept every message.
 */
export async function previewFollowUpsDue(deps: FollowUpDeps, scope: PreviewScope): Promise<DueResult> {
  const { clientId, resumedIds, runStartedAt, deadline } = scope;
  const now = deps.clock.now();
  const preview = new Preview(now, new Set(resumedIds));
  const leftIds = await countStopped(deps, { now, clientId }, preview.tally);
  for (const workspace of await findWorkspacesWithDue(deps.db, { now, clientId, resumedIds })) {
    const { senders } = queueWorkspace(deps, workspace);
    const due = { workspaceId: workspace.id, now, runStartedAt, closedChannels: [], leftIds };
    const ids = await findDue(deps.db, due, resumedIds, DUE_MAX);
    for (let from = 0; from < ids.length; from += PAGE_SIZE) {
      if (deadline.passed()) return { results: preview.tally, exhausted: false, problems: [] };
      const page = await readDueInstances(deps.db, ids.slice(from, from + PAGE_SIZE), now);
      for (const one of page) preview.follow(one, senders);
    }
  }
  return { results: preview.tally, exhausted: true, problems: [] };
}

/** Counts what a run would settle before its turns begin, and says which instances no turn would then find due. */
async function countStopped(
  { db }: FollowUpDeps,
  scope: { now: Date; clientId: string | undefined },
  tally: DueTally,
): Promise<string[]> {
  const interrupted = await findInterrupted(db, scope);
  const replied = await findReplied(db, scope);
  const snoozed = await findSnoozedDue(db, scope);
  const blocked = [...replied, ...snoozed].filter((row) => row.wasDue).length;
  tally.due += interrupted.length + blocked;
  tally.unknown += interrupted.length;
  tally.blocked += blocked;
  return [...interrupted, ...replied.map((row) => row.id)];
}

/** Follows instances as far as a run would take them, and remembers whom it would have written to. */
class Preview {
  readonly tally = emptyTally();
  private readonly touched = new Set<string>();

  constructor(
    private readonly now: Date,
    private readonly resumedIds: ReadonlySet<string>,
  ) {}

  /** One step after the other while the next is due at once; an instance that was resumed has one touch. */
  follow(found: DueInstance, senders: StepFacts["senders"]): void {
    const wasResumed = this.resumedIds.has(found.id);
    let due = this.withTouches(wasResumed ? asResumed(found, this.now) : found);
    for (;;) {
      const done = this.take(due, senders);
      if (done === null || wasResumed || done.nextStepDue === null || done.nextStepDue > this.now) return;
      due = this.withTouches(asDone(due, done, this.now));
    }
  }

  /** Counts what would be done; answers with the state after it, or null where nothing follows. */
  private take(due: DueInstance, senders: StepFacts["senders"]): StepDone | null {
    const plan = planInstance(due, { now: this.now, senders });
    if (plan.kind === "send") {
      const { step, steps, leadId } = plan.send;
      const after = afterStep(steps, step.stepOrder, this.now);
      const finished = after.status === "completed";
      countSend(this.tally, { outcome: { kind: "sent", externalId: null }, givenUp: false, finished });
      this.touched.add(`${leadId} ${step.channel}`);
      return after;
    }
    countPlan(this.tally, plan);
    return plan.kind === "settle" && plan.because === "task_left" ? plan.change : null;
  }

  private withTouches(due: DueInstance): DueInstance {
    const { lastTouchAt } = due.facts;
    const at = (channel: keyof typeof lastTouchAt) =>
      this.touched.has(`${due.leadId} ${channel}`) ? this.now : lastTouchAt[channel];
    const facts = { ...due.facts, lastTouchAt: { email: at("email"), sms: at("sms"), whatsapp: at("whatsapp") } };
    return { ...due, facts };
  }
}

type StepDone = Pick<InstanceChange, "currentStep" | "nextStepDue">;

function asResumed(due: DueInstance, now: Date): DueInstance {
  const { instance } = due.facts;
  const nextStepDue = instance.nextStepDue ?? now;
  return { ...due, facts: { ...due.facts, instance: { ...instance, status: "active", resumedAt: now, nextStepDue } } };
}

function asDone(due: DueInstance, { currentStep, nextStepDue }: StepDone, now: Date): DueInstance {
  const instance = { ...due.facts.instance, currentStep, nextStepDue, lastStepAt: now };
  return { ...due, facts: { ...due.facts, instance } };
}
