import { CutOffError, describeError } from "@/lib/core/errors";
import type { Outcome, StopReason } from "@/lib/core/outcome";
import { type Deadline, startDeadline } from "@/lib/core/time";
import { acquireLease, confirmLease, type Lease } from "@/lib/db/lease";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { completeFollowUpsForMeetingBookedLeads } from "./backstop";
import type { FollowUpDeps, StepScope } from "./deps";
import { type DueResult, processFollowUpsDue } from "./engine";
import { previewFollowUpsDue } from "./preview";
import { resumeGhostedFollowUps, resumeSnoozedFollowUps } from "./resumes";
import { resumeApprovedFollowUps, resumeAwaitingEnrichmentFollowUps } from "./step-resumes";
import { type DueTally, emptyTally } from "./tally";

export interface FollowUpParams {
  clientId?: string | undefined;
  dryRun: boolean;
}

/** One run has the job, whichever workspace it is for. */
const LEASE_KEY = "followups";

/**
 * Sends what is due, and before that completes, pauses and resumes what must be: the backstop for booked leads, then what
 * was snoozed, ghosted, waiting for data or for an approval, then the due steps. A step that fails is reported, and the
 * others still run. One run has the job at a time; a dry run reads, and needs nobody's leave.
 *
 * Throws only when the database cannot be reached.
 */
export async function runFollowUps(deps: FollowUpDeps, params: FollowUpParams, deadline: Deadline): Promise<Outcome> {
  if (params.dryRun) return new FollowUpRun(deps, params, null, deadline).run();
  const lease = await acquireLease(deps.db, LEASE_KEY);
  if (!lease) return { kind: "locked" };
  const working = shortenDeadline(deadline, deps.settings.sendTimeoutMs, lease);
  try {
    await deps.onStep?.("lease_taken");
    return await new FollowUpRun(deps, params, lease, working).run();
  } finally {
    working.dispose();
    await lease.release();
  }
}

/** A message that has begun is waited for, so the last begins this much before the end, though a short run still works. */
const SENDING_SHARE_MAX = 0.2;
/** The longest that a timer can be set for, in milliseconds. */
const TIMER_MS_MAX = 2_147_483_647;

/** Ends the work in time for the last message to be answered, and when the lease is lost. */
function shortenDeadline(deadline: Deadline, sendTimeoutMs: number, lease: Lease): Deadline {
  const remainingMs = deadline.remainingMs();
  const budgetMs = remainingMs - Math.min(sendTimeoutMs, remainingMs * SENDING_SHARE_MAX);
  return startDeadline(Math.min(budgetMs, TIMER_MS_MAX), deadline.signal, lease.signal);
}

type StepName = "backstop" | "snoozed" | "ghosted" | "enrichment" | "approval" | "due";

interface FollowUpResult {
  errors: { step: StepName; message: string }[];
  backstop: { completedCount: number };
  snoozed: { resumedCount: number };
  resumed: { resumedCount: number };
  enrichment: { resumedCount: number; skippedCount: number };
  approval: { resumedCount: number };
  results: DueTally;
  exhausted: boolean;
  stopReason: StopReason;
}

class FollowUpRun {
  private readonly errors: FollowUpResult["errors"] = [];
  private readonly startedAt: Date;
  private exhausted = true;
  private leaseLost = false;

  constructor(
    private readonly deps: FollowUpDeps,
    private readonly params: FollowUpParams,
    /** Null in a dry run. */
    private readonly lease: Lease | null,
    private readonly deadline: Deadline,
  ) {
    this.startedAt = deps.clock.now();
  }

  async run(): Promise<Outcome> {
    const none = { resumedCount: 0, resumedIds: [], exhausted: true };
    const backstop = await this.step("backstop", completeFollowUpsForMeetingBookedLeads, {
      ...none,
      completedCount: 0,
    });
    const snoozed = await this.step("snoozed", resumeSnoozedFollowUps, none);
    const ghosted = await this.step("ghosted", resumeGhostedFollowUps, none);
    const enrichment = await this.step("enrichment", resumeAwaitingEnrichmentFollowUps, { ...none, skippedCount: 0 });
    const approval = await this.step("approval", resumeApprovedFollowUps, none);
    const resumedIds = [snoozed, ghosted, enrichment].flatMap((resumed) => resumed.resumedIds);
    const due = await this.due(resumedIds);
    await this.noticeLostLease();
    return this.outcome({
      backstop: { completedCount: backstop.completedCount },
      snoozed: { resumedCount: snoozed.resumedCount },
      resumed: { resumedCount: ghosted.resumedCount },
      enrichment: { resumedCount: enrichment.resumedCount, skippedCount: enrichment.skippedCount },
      approval: { resumedCount: approval.resumedCount },
      results: due.results,
    });
  }

  /** One step by itself: what goes wrong in it is on record, and the rest goes on. */
  private async step<Done extends { exhausted: boolean }>(
    name: StepName,
    take: (scope: StepScope) => Promise<Done>,
    nothing: Done,
  ): Promise<Done> {
    const { db, clock, log } = this.deps;
    const { clientId, dryRun } = this.params;
    try {
      const done = await take({ db, log, clientId, dryRun, now: clock.now(), deadline: this.deadline });
      this.exhausted &&= done.exhausted;
      return done;
    } catch (error) {
      this.fail(name, error);
      return nothing;
    }
  }

  private async due(resumedIds: readonly string[]): Promise<DueResult> {
    const { deps, params, lease, startedAt: runStartedAt, deadline } = this;
    const scope = { clientId: params.clientId, runStartedAt, deadline };
    const nothing = { results: emptyTally(), exhausted: true, problems: [] };
    const process = async (): Promise<DueResult> =>
      lease ? processFollowUpsDue(deps, { ...scope, lease }) : previewFollowUpsDue(deps, { ...scope, resumedIds });
    const due = await this.step("due", process, nothing);
    for (const message of due.problems) this.errors.push({ step: "due", message });
    return due;
  }

  /** A claim without the lease finds nothing, which is not to be taken for nothing being due. */
  private async noticeLostLease(): Promise<void> {
    if (this.lease === null) return;
    const held = await confirmLease(this.deps.db, this.lease).then(
      () => true,
      (error: unknown) => {
        if (error instanceof CutOffError) return false;
        throw error;
      },
    );
    this.leaseLost = !held;
  }

  private fail(step: StepName, error: unknown): void {
    if (isDatabaseUnavailable(error)) throw error;
    const message = describeError(error);
    this.errors.push({ step, message });
    this.deps.log.error({ step, err: { message } }, "a step of follow-ups failed");
  }

  private outcome(done: Omit<FollowUpResult, "errors" | "exhausted" | "stopReason">): Outcome {
    const exhausted = this.exhausted && !this.leaseLost && this.errors.length === 0;
    const result: FollowUpResult = { errors: this.errors, ...done, exhausted, stopReason: this.stopReason() };
    if (this.errors.length === 0) return { kind: "ran", result };
    const names = [...new Set(this.errors.map(({ step }) => step))];
    return { kind: "failed", error: `failed: ${names.join(", ")}`, result };
  }

  private stopReason(): StopReason {
    if (this.leaseLost) return "locked";
    return this.exhausted ? "done" : "time_budget";
  }
}
