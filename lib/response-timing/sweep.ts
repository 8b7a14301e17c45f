import type { Deadline } from "@/lib/core/time";
import type { TimingDeps, TimingScope } from "./deps";
import type { ThreadKey } from "./records";
import {
  beginSweep,
  boundsOfSlice,
  finishSlice,
  planSweep,
  SLICES_MAX,
  type SweepPlan,
  type SweepState,
} from "./rules/sweep-plan";
import { type Standing, saveSweep } from "./store/marks";
import { findDriftedThreads, partLeads, readLeadPage } from "./store/sweep";

/** Leads that are compared in one statement, and the fewest that are worth a slice of their own. */
const PAGE_LEADS = 500;

/** Leads that every run compares while there is no reason for a sweep: the same cost, however many there are. */
const SAMPLE_LEADS = 100;

/** Drift that was found, to be recomputed, and leads to audit afterwards. */
export interface Swept {
  leadIds: string[];
  /** Whether the run's part of the sweep is done. */
  done: boolean;
}

/** Told of threads whose events are not what they should be. */
export type OnDrift = (threads: readonly ThreadKey[]) => Promise<void>;

/**
 * Does this run's part of a sweep, if there is reason for one: goes through the slice that comes next and tells of
 * every thread that is not as it should be. Null where everything was seen anyway. Reads only, in a dry run.
 */
export async function sweepSlice(
  deps: TimingDeps,
  scope: TimingScope,
  { standing, deadline, dryRun }: { standing: Standing; deadline: Deadline; dryRun: boolean },
  onDrift: OnDrift,
): Promise<Swept | null> {
  const plan = planSweep({ ...standing, lookbackDays: scope.lookbackDays });
  if (plan.kind === "nothing_unseen") return null;
  const save = async (before: SweepState | null, after: SweepState) => {
    if (!dryRun) await saveSweep(deps.db, scope.clientId, before, after);
    await deps.onStep?.("sweep_saved");
    return after;
  };
  // What a sweep is about is put on record before it reads: what is switched off from here on is another reason.
  let state = await save(standing.own, plan.kind === "sweep" ? plan.state : await open(deps, scope, plan));
  const { after, upTo } = boundsOfSlice(state);
  for (let cursor = after; ; ) {
    if (deadline.passed()) return { leadIds: [], done: false };
    const leadIds = await readLeadPage(deps.db, { clientId: scope.clientId, after: cursor, upTo }, PAGE_LEADS);
    const drifted = await findDriftedThreads(deps.db, leadIds, scope.since);
    await onDrift(drifted);
    if (leadIds.length < PAGE_LEADS) {
      await save(state, finishSlice(state));
      return { leadIds, done: true };
    }
    cursor = leadIds.at(-1) ?? null;
    state = await save(state, { ...state, sliceCursor: cursor });
  }
}

async function open(
  deps: TimingDeps,
  { clientId }: TimingScope,
  plan: SweepPlan & { kind: "begin" },
): Promise<SweepState> {
  const limits = { slicesMax: SLICES_MAX, leadsMin: PAGE_LEADS };
  return beginSweep(plan, await partLeads(deps.db, { clientId, after: plan.after }, limits));
}

/** A sample that was looked at. */
export interface Sample {
  leadIds: string[];
  /** Where the next one begins. */
  cursor: string | null;
  /** Rows that were not as they should be. */
  rows: number;
}

/**
 * Compares the next few leads, round and round. Every change was seen, so that what differs here has no explanation:
 * somebody wrote into the events, or the triggers miss something. It is warned of, and told.
 */
export async function takeSample(
  deps: TimingDeps,
  scope: TimingScope,
  after: string | null,
  onDrift: OnDrift,
): Promise<Sample> {
  const range = { clientId: scope.clientId, after, upTo: null };
  const leadIds = await readLeadPage(deps.db, range, SAMPLE_LEADS);
  const drifted = await findDriftedThreads(deps.db, leadIds, scope.since);
  if (drifted.length > 0) deps.log.warn({ threads: drifted }, "response timing events have drifted");
  await onDrift(drifted);
  const cursor = leadIds.length < SAMPLE_LEADS ? null : (leadIds.at(-1) ?? null);
  return { leadIds, cursor, rows: drifted.reduce((sum, { rows }) => sum + rows, 0) };
}
