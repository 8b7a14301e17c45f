import { describeError } from "@/lib/core/errors";
import type { Outcome, StopReason } from "@/lib/core/outcome";
import { type PlaceHooks, runPool } from "@/lib/core/pool";
import type { Deadline } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import type { CheckOptions, ReconcileDeps, ReconcileSettings } from "./deps";
import { dueTimesAt, getEligibleWorkspaces } from "./eligibility";
import type { CheckedLead } from "./page";
import type { Workspace } from "./records";
import { healthOf, runBreakerTrips, type WorkspaceTally } from "./rules/health";
import { countCheck, emptyTally, type Tally } from "./tally";
import { type Turn, takeTurn } from "./turn";

/** What a call may ask for; what it leaves out comes from the settings. */
export interface ReconcileParams {
  workspaceLimit?: number | undefined;
  leadsPerWorkspace?: number | undefined;
  staleDays?: number | undefined;
  hotMinutes?: number | undefined;
  clientId?: string | undefined;
  dryRun: boolean;
  skipSideEffects?: boolean | undefined;
}

/**
 * Asks the providers what really happened to the meetings of the leads that are due, and makes the records true.
 *
 * Takes workspaces in their fair order until the limit, the deadline or the run's breaker ends it. Several runs at once
 * take different workspaces. Throws only when the database cannot be reached.
 */
export async function runAppointmentReconciliation(
  deps: ReconcileDeps,
  params: ReconcileParams,
  deadline: Deadline,
): Promise<Outcome> {
  const run = new ReconcileRun(deps, params, deadline);
  try {
    await run.takeTurns();
    return run.outcome();
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    deps.log.error({ err: { message: describeError(error) } }, "reconcile failed");
    return { kind: "failed", error: describeError(error), result: { ...run.result() } };
  }
}

class ReconcileRun {
  private readonly tally = emptyTally();
  private readonly workspaceTallies: WorkspaceTally[] = [];
  private readonly settings: ReconcileSettings;
  private readonly options: CheckOptions;
  private queue: Workspace[] = [];
  private planned = 0;
  private slotsTaken = 0;
  private locked = 0;
  private circuitBroken = false;
  private limited = false;
  private more = false;
  private cutOff = false;

  constructor(
    private readonly deps: ReconcileDeps,
    private readonly params: ReconcileParams,
    private readonly deadline: Deadline,
  ) {
    const { dryRun, skipSideEffects = false } = params;
    this.options = { source: "reconcile_cron", dryRun, skipSideEffects };
    this.settings = withParams(deps.settings, params);
  }

  async takeTurns(): Promise<void> {
    const { deps, settings, options, deadline } = this;
    const times = dueTimesAt(deps.clock.now(), settings);
    const eligible = await getEligibleWorkspaces(deps.db, times, { clientId: this.params.clientId });
    this.tally.skippedNoCreds = eligible.withoutCredentials;
    this.tally.skippedCircuitOpen = eligible.circuitOpen;
    this.queue = eligible.workspaces;
    this.planned = Math.min(eligible.workspaces.length, settings.workspaceLimit);
    const context = { settings, options, times, deadline };
    await runPool({
      places: settings.workspaceConcurrency,
      next: () => this.nextWorkspace(),
      work: async (workspace: Workspace, place: PlaceHooks) => {
        this.count(workspace, await takeTurn(deps, workspace, context, place));
      },
    });
  }

  /** The next in the fair order, while there is time, room under the limit, and no reason to stop. */
  private nextWorkspace(): Workspace | undefined {
    if (this.circuitBroken || this.deadline.passed() || this.slotsTaken >= this.settings.workspaceLimit)
      return undefined;
    const workspace = this.queue.shift();
    if (workspace) this.slotsTaken++;
    return workspace;
  }

  /** A workspace that was not worked on gives its slot back. */
  private count(workspace: Workspace, turn: Turn): void {
    switch (turn.kind) {
      case "locked":
        this.locked++;
        this.slotsTaken--;
        return;
      case "circuit_open":
        this.tally.skippedCircuitOpen++;
        this.slotsTaken--;
        return;
      case "nothing_due":
        this.slotsTaken--;
        return;
      case "processed":
        this.tally.workspacesProcessed++;
        this.countProcessed(workspace, turn);
    }
  }

  private countProcessed(workspace: Workspace, turn: Turn & { kind: "processed" }): void {
    for (const checked of turn.checked) countCheck(this.tally, workspace.provider, checked);
    const reasons = turn.checked.map(({ result }) => (result.kind === "put_back" ? result.reason : null));
    this.cutOff ||= reasons.includes("cut_off");
    this.limited ||= reasons.includes("rate_limited");
    this.more ||= turn.more && !reasons.includes("circuit_open");
    this.workspaceTallies.push(breakerTallyOf(turn.checked));
    this.circuitBroken ||= runBreakerTrips(this.workspaceTallies, {
      workspacesPlanned: this.planned,
      errorRate: this.settings.errorRate,
      checksMin: this.settings.checksMin,
    });
  }

  outcome(): Outcome {
    const onlyLocked = this.locked > 0 && this.tally.workspacesProcessed === 0 && this.queue.length === 0;
    return onlyLocked ? { kind: "locked" } : { kind: "ran", result: this.result() };
  }

  result(): ReconcileResult {
    const { tally, circuitBroken } = this;
    const health = healthOf({ errors: tally.errors, circuitBroken });
    const exhausted = !this.more && !this.cutOff && this.queue.length === 0;
    return { ...tally, circuitBroken, exhausted, stopReason: this.stopReason(), health };
  }

  private stopReason(): StopReason {
    if (this.circuitBroken) return "circuit_broken";
    if (this.cutOff || (this.queue.length > 0 && this.deadline.passed())) return "time_budget";
    if (this.queue.length > 0 || this.more || this.limited) return "limit";
    return this.locked > 0 ? "locked" : "done";
  }
}

type ReconcileResult = Tally & {
  circuitBroken: boolean;
  exhausted: boolean;
  stopReason: StopReason;
  health: ReturnType<typeof healthOf>;
};

function withParams(settings: ReconcileSettings, params: ReconcileParams): ReconcileSettings {
  return {
    ...settings,
    workspaceLimit: params.workspaceLimit ?? settings.workspaceLimit,
    leadsPerWorkspace: params.leadsPerWorkspace ?? settings.leadsPerWorkspace,
    staleDays: params.staleDays ?? settings.staleDays,
    hotMinutes: params.hotMinutes ?? settings.hotMinutes,
  };
}

function breakerTallyOf(checked: readonly CheckedLead[]): WorkspaceTally {
  const results = checked.map(({ result }) => result);
  return {
    checks: results.filter((result) => result.kind === "checked" || result.kind === "failed").length,
    failures: results.filter((result) => result.kind === "failed" && result.countsForBreaker).length,
  };
}
