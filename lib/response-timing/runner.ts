import { describeError } from "@/lib/core/errors";
import type { Outcome, StopReason } from "@/lib/core/outcome";
import { DAY_MS, type Deadline } from "@/lib/core/time";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { auditThreads } from "./audit";
import type { TimingDeps, TimingScope } from "./deps";
import { Drain, type Drained } from "./drain";
import { Rehearsal } from "./rehearsal";
import { readStanding, saveProgress } from "./store/marks";
import { noteThreads, readLagSeconds } from "./store/queue";
import { type OnDrift, sweepSlice, takeSample } from "./sweep";
import { emptyTally, type Tally } from "./tally";

/** What a call may ask for; what it leaves out comes from the settings. */
export interface TimingParams {
  batchSize?: number | undefined;
  lookbackDays?: number | undefined;
  clientId?: string | undefined;
  dryRun: boolean;
}

export interface TimingResult extends Tally {
  exhausted: boolean;
  stopReason: StopReason;
  /** The age of the oldest change that was not processed, in seconds; null without one. */
  lagSeconds: number | null;
}

/**
 * Makes the response timing of every thread that changed true again, until no change is left or the time is up.
 *
 * Any number of runs may work at once: they share the queue of changes, a thread at a time. Throws only when the database
 * cannot be reached.
 */
export async function processResponseTiming(
  deps: TimingDeps,
  params: TimingParams,
  deadline: Deadline,
): Promise<Outcome> {
  const run = new TimingRun(deps, params, deadline);
  try {
    return { kind: "ran", result: await run.process() };
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    deps.log.error({ err: { message: describeError(error) } }, "response timing failed");
    return { kind: "failed", error: describeError(error), result: { ...run.tally } };
  }
}

class TimingRun {
  readonly tally = emptyTally();
  private readonly scope: TimingScope;
  private readonly dryRun: boolean;
  private readonly queue: Drain | Rehearsal;
  private sampleCursor: string | null | undefined;
  private swept = true;

  constructor(
    private readonly deps: TimingDeps,
    { batchSize, lookbackDays = deps.settings.lookbackDays, clientId, dryRun }: TimingParams,
    private readonly deadline: Deadline,
  ) {
    const since = new Date(deps.clock.now().getTime() - lookbackDays * DAY_MS);
    this.scope = { clientId, lookbackDays, since, batchSize: batchSize ?? deps.settings.batchSize };
    this.dryRun = dryRun;
    this.queue = dryRun
      ? new Rehearsal(deps, this.scope, this.tally, deadline)
      : new Drain(deps, this.scope, this.tally, deadline);
  }

  /** First what triggers saw, then what they may have missed. */
  async process(): Promise<TimingResult> {
    const { deps, scope, dryRun } = this;
    let drained = await this.queue.run();
    if (drained !== "out_of_time") {
      const { leadIds, drifted } = await this.lookForUnseen();
      if (drifted && !dryRun) drained = await this.queue.run();
      if (!dryRun && !this.deadline.passed()) this.tally.mismatches += await auditThreads(deps, leadIds, scope);
    }
    if (!dryRun) {
      const { latestInboundSentAt: inboundSentAt } = this.queue;
      await saveProgress(deps.db, scope.clientId, { inboundSentAt, sampleCursor: this.sampleCursor });
    }
    return this.conclude(drained, await readLagSeconds(deps.db, scope.clientId));
  }

  /** A slice of a sweep while there is reason for one, else a sample. Returns the leads that were looked at last. */
  private async lookForUnseen(): Promise<{ leadIds: string[]; drifted: boolean }> {
    const { deps, scope, deadline, dryRun } = this;
    const standing = await readStanding(deps.db, scope.clientId);
    let drifted = false;
    const onDrift: OnDrift = async (threads) => {
      if (threads.length === 0) return;
      drifted = true;
      if (this.queue instanceof Rehearsal) await this.queue.count(threads);
      else await noteThreads(deps.db, threads);
      await deps.onStep?.("drift_noted");
    };
    const swept = await sweepSlice(deps, scope, { standing, deadline, dryRun }, onDrift);
    if (swept) {
      this.swept = swept.done;
      return { leadIds: swept.leadIds, drifted };
    }
    if (deadline.passed()) return { leadIds: [], drifted };
    const sample = await takeSample(deps, scope, standing.sampleCursor, onDrift);
    this.sampleCursor = sample.cursor;
    this.tally.mismatches += sample.rows;
    return { leadIds: sample.leadIds, drifted };
  }

  private conclude(drained: Drained, lagSeconds: number | null): TimingResult {
    const { tally, swept } = this;
    const outOfTime = drained === "out_of_time" || !swept;
    const exhausted = !outOfTime && tally.failed === 0;
    const stopReason = outOfTime ? "time_budget" : tally.skipped > 0 ? "locked" : "done";
    return { ...tally, exhausted, stopReason, lagSeconds };
  }
}
