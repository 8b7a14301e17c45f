import { describeError } from "@/lib/core/errors";
import { runPool } from "@/lib/core/pool";
import type { Deadline } from "@/lib/core/time";
import type { Lease } from "@/lib/db/lease";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { inBatches } from "./batches";
import type { FollowUpDeps } from "./deps";
import { type QueuedWorkspace, queueWorkspace } from "./queue";
import { settleInterrupted } from "./store/ledger";
import { type PausedInstance, pauseReplied, pauseSnoozed } from "./store/pauses";
import { findWorkspacesWithDue } from "./store/workspaces";
import { type DueTally, emptyTally } from "./tally";
import { takeTurn } from "./turn";

export interface DueScope {
  lease: Lease;
  clientId?: string | undefined;
  runStartedAt: Date;
  deadline: Deadline;
}

/** What the due step did, and what went wrong in it without stopping it. */
export interface DueResult {
  results: DueTally;
  exhausted: boolean;
  problems: string[];
}

/** So many ids say where to look; the count says how many there were. */
const LOGGED_IDS_MAX = 20;

/** A workspace whose turns keep failing has no more of them in this run: the others have theirs anyway. */
const FAILED_TURNS_MAX = 3;

/**
 * Does the steps that are due. First, what a dead process left uncertain is said to be so; then whoever replied or is
 * snoozed is paused; then the workspaces take turns, least recently served first, a few instances at a time, until none
 * has any left or time is up. One that fails, or waits for its provider, holds up no other.
 */
export async function processFollowUpsDue(deps: FollowUpDeps, scope: DueScope): Promise<DueResult> {
  const tally = emptyTally();
  const interrupted = await inBatches(scope.deadline, (limit) =>
    settleInterrupted(deps.db, { now: deps.clock.now(), clientId: scope.clientId }, limit),
  );
  countInterrupted(deps, tally, interrupted.rows);
  await deps.onStep?.("recovered");
  const paused = await pauseStopped(deps, scope, tally);
  const queue = new TurnQueue(deps, scope, tally);
  await queue.fill();
  await queue.takeTurns();
  const exhausted = interrupted.exhausted && paused.exhausted && queue.isExhausted();
  return { results: tally, exhausted, problems: queue.problems };
}

function countInterrupted({ log }: FollowUpDeps, tally: DueTally, instanceIds: readonly string[]): void {
  if (instanceIds.length === 0) return;
  tally.due += instanceIds.length;
  tally.unknown += instanceIds.length;
  log.warn(
    { instanceIds: instanceIds.slice(0, LOGGED_IDS_MAX), count: instanceIds.length },
    "interrupted sends are uncertain",
  );
}

/** Whoever replied leaves the queue at once, due or not; whoever is snoozed, when due. */
async function pauseStopped(deps: FollowUpDeps, { clientId, deadline }: DueScope, tally: DueTally) {
  const now = deps.clock.now();
  const count = ({ rows, exhausted }: { rows: PausedInstance[]; exhausted: boolean }) => {
    const due = rows.filter((row) => row.wasDue).length;
    tally.due += due;
    tally.blocked += due;
    return exhausted;
  };
  const replied = count(await inBatches(deadline, (limit) => pauseReplied(deps.db, { now, clientId }, limit)));
  const snoozed = count(await inBatches(deadline, (limit) => pauseSnoozed(deps.db, { now, clientId }, limit)));
  return { exhausted: replied && snoozed };
}

/** The workspaces in their order. One that may have more to do goes to the end when its turn is over. */
class TurnQueue {
  readonly problems: string[] = [];
  private readonly failedTurns = new Map<string, number>();
  private waiting: QueuedWorkspace[] = [];
  private cutOff = false;

  constructor(
    private readonly deps: FollowUpDeps,
    private readonly scope: DueScope,
    private readonly tally: DueTally,
  ) {}

  async fill(): Promise<void> {
    const { deps, scope } = this;
    const workspaces = await findWorkspacesWithDue(deps.db, { now: deps.clock.now(), clientId: scope.clientId });
    this.waiting = workspaces.map((workspace) => queueWorkspace(deps, workspace));
  }

  async takeTurns(): Promise<void> {
    const { deps, scope, tally } = this;
    await runPool({
      places: deps.settings.workspaceConcurrency,
      next: () => (scope.deadline.passed() ? undefined : this.waiting.shift()),
      work: async (queued: QueuedWorkspace, place) => {
        const mayHaveMore = await takeTurn(deps, queued, { ...scope, tally }, place).catch((error: unknown) =>
          this.failTurn(queued, error),
        );
        this.cutOff ||= queued.cutOff;
        if (mayHaveMore) this.waiting.push(queued);
      },
    });
  }

  /** Whether nobody was waiting for another turn when the turns ended, and no message for a permit. */
  isExhausted(): boolean {
    return this.waiting.length === 0 && !this.cutOff;
  }

  /** Nothing else can be done without the database; any other error is this workspace's own. */
  private failTurn({ workspace }: QueuedWorkspace, error: unknown): boolean {
    if (isDatabaseUnavailable(error)) throw error;
    const message = describeError(error);
    const failed = (this.failedTurns.get(workspace.id) ?? 0) + 1;
    this.failedTurns.set(workspace.id, failed);
    if (failed === 1) this.problems.push(`workspace ${workspace.id}: ${message}`);
    this.deps.log.error({ clientId: workspace.id, err: { message } }, "a turn of follow-ups failed");
    return failed < FAILED_TURNS_MAX;
  }
}
