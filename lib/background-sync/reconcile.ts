import { describeError } from "@/lib/core/errors";
import type { StopReason } from "@/lib/core/outcome";
import { type PlaceHooks, runPool } from "@/lib/core/pool";
import { type Deadline, HOUR_MS } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import type { SyncDeps } from "./deps";
import type { SyncWorkspace } from "./records";
import { readSyncWorkspaces } from "./store/workspaces";
import { countFailure, countTurn, emptyTally, type Tally } from "./tally";
import { type Turn, type TurnContext, takeTurn } from "./turn";

export { getSyncHealth } from "./health";

export interface ReconcileContactsOptions extends SyncDeps {
  clientId: string;
  /** A contact in whom nothing has happened for longer is stale; an hour by default. */
  staleThresholdMs?: number;
  /** Flags at most so many; as many as the settings say by default. */
  batchSize?: number;
  dryRun?: boolean;
  deadline: Deadline;
}

/**
 * Compares one workspace's conversations with Kapso, recovers what webhooks lost, and flags the contacts in whom nothing
 * has happened. `not_connected` where it does not speak over Kapso.
 *
 * @throws only when the database cannot be reached.
 */
export async function reconcileContacts(options: ReconcileContactsOptions): Promise<Turn | { kind: "not_connected" }> {
  const { clientId, staleThresholdMs = HOUR_MS, deadline, dryRun = false, ...deps } = options;
  const [workspace] = await readSyncWorkspaces(deps.db, { clientId });
  if (!workspace) return { kind: "not_connected" };
  const batchSize = options.batchSize ?? deps.settings.batchSize;
  return takeTurn(deps, workspace, { staleMs: staleThresholdMs, batchSize, dryRun, deadline }, ALONE);
}

/** Who is alone gives up no place. */
const ALONE: PlaceHooks = { parked: () => {}, resumed: () => {} };

/**
 * Workspaces at work at once. What each waits for is mostly its own account's rate, and one that waits gives its place
 * up; each has a few conversations and transactions of its own under way, and the pool of connections is small.
 */
const WORKSPACES_AT_ONCE = 3;

export type SyncRunResult = Tally & { exhausted: boolean; stopReason: StopReason };

/**
 * The same for every workspace that speaks over Kapso, or for one: least recently synced first, a few at a time, until
 * all had their turn or the time is up. One that fails touches no other. `locked` if others had all of them.
 *
 * @throws only when the database cannot be reached.
 */
export async function reconcileAllWorkspaces(
  deps: SyncDeps,
  { clientId, ...context }: TurnContext & { clientId?: string | undefined },
): Promise<SyncRunResult | "locked"> {
  const run = new SyncRun(deps, context, await readSyncWorkspaces(deps.db, { clientId }));
  await runPool({ places: WORKSPACES_AT_ONCE, next: () => run.next(), work: (one, place) => run.sync(one, place) });
  return run.result();
}

class SyncRun {
  private readonly tally = emptyTally();
  private locked = 0;
  private more = false;
  private cutOff = false;
  private limited = false;

  constructor(
    private readonly deps: SyncDeps,
    private readonly context: TurnContext,
    private readonly queue: SyncWorkspace[],
  ) {}

  next(): SyncWorkspace | undefined {
    return this.context.deadline.passed() ? undefined : this.queue.shift();
  }

  async sync(workspace: SyncWorkspace, place: PlaceHooks): Promise<void> {
    const turn = await this.takeTurn(workspace, place);
    switch (turn.kind) {
      case "locked":
        this.locked++;
        return;
      case "gone":
        return;
      case "failed":
        countFailure(this.tally, "internal");
        return;
      case "synced":
        countTurn(this.tally, turn);
        this.more ||= turn.contacts.more;
        this.cutOff ||= turn.failure?.kind === "cut_off";
        this.limited ||= turn.failure?.kind === "rate_limited";
        this.log(workspace, turn);
    }
  }

  /** A statement that fails in one workspace is no reason to leave the others alone. */
  private async takeTurn(workspace: SyncWorkspace, place: PlaceHooks): Promise<Turn | { kind: "failed" }> {
    try {
      return await takeTurn(this.deps, workspace, this.context, place);
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error;
      const err = { message: describeError(error) };
      this.deps.log.error({ workspaceId: workspace.id, err }, "workspace not synced");
      return { kind: "failed" };
    }
  }

  result(): SyncRunResult | "locked" {
    if (this.locked > 0 && this.tally.workspaces === 0 && this.queue.length === 0) return "locked";
    const exhausted = !this.more && !this.cutOff && this.queue.length === 0;
    return { ...this.tally, exhausted, stopReason: this.stopReason() };
  }

  private stopReason(): StopReason {
    if (this.cutOff || this.queue.length > 0) return "time_budget";
    if (this.more || this.limited) return "limit";
    return this.locked > 0 ? "locked" : "done";
  }

  private log({ id: workspaceId }: SyncWorkspace, { contacts, findings, failure }: Turn & { kind: "synced" }): void {
    const { verified, missed, recovered, listed } = findings;
    this.deps.log.debug({ workspaceId, ...contacts, listed, verified, missed, recovered }, "workspace synced");
    if (failure !== null) this.deps.log.warn({ workspaceId, failure }, "workspace not synced");
  }
}
