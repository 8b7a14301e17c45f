import { CutOffError } from "@/lib/core/errors";
import type { PlaceHooks } from "@/lib/core/pool";
import { abortWith, type Deadline, listenedToByMany } from "@/lib/core/time";
import { acquireLease, type Lease } from "@/lib/db/lease";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import type { SyncDeps } from "./deps";
import { type Failure, type Findings, toFailure } from "./findings";
import type { Progress, SyncWorkspace } from "./records";
import { verifiedAfter, windowStart } from "./rules/window";
import { countContacts, countDueForFlag, type FlagOrder, flagStaleContacts } from "./store/contacts";
import { recordTurn } from "./store/health";
import { findNewestMessage } from "./store/messages";
import { readProgress } from "./store/workspaces";
import { coverageOf, verifyWorkspace } from "./verify";

/** What became of a workspace in a run. */
export type Turn =
  | ({ kind: "synced" } & TurnFindings)
  /** Another run has it, or took it over. */
  | { kind: "locked" }
  /** It was deleted in the meantime. */
  | { kind: "gone" };

export interface TurnFindings {
  contacts: Contacts;
  findings: Findings;
  failure: Failure | null;
}

interface Contacts {
  checked: number;
  stale: number;
  flagged: number;
  /** Stale contacts remain that may be flagged. */
  more: boolean;
}

export interface TurnContext {
  staleMs: number;
  batchSize: number;
  dryRun: boolean;
  deadline: Deadline;
}

const NO_CONTACTS: Contacts = { checked: 0, stale: 0, flagged: 0, more: false };

/**
 * One workspace's turn: take its lease, compare its conversations, flag its stale contacts, put on record how it went.
 * In this order, because a contact whose messages were merely lost is not stale.
 *
 * @throws only when the database cannot be reached.
 */
export async function takeTurn(
  deps: SyncDeps,
  workspace: SyncWorkspace,
  context: TurnContext,
  place: PlaceHooks,
): Promise<Turn> {
  // A dry run changes nothing, so it needs nobody's leave and stands in nobody's way.
  if (context.dryRun) return syncWorkspace(deps, workspace, context, place, null);
  const lease = await acquireLease(deps.db, `background-sync:${workspace.id}`);
  if (!lease) return { kind: "locked" };
  try {
    deps.onStep?.("lease_taken");
    return await syncWorkspace(deps, workspace, context, place, lease);
  } catch (error) {
    // Only the statements that confirm the lease end up here so.
    if (error instanceof CutOffError) return { kind: "locked" };
    throw error;
  } finally {
    await lease.release();
  }
}

async function syncWorkspace(
  deps: SyncDeps,
  workspace: SyncWorkspace,
  context: TurnContext,
  place: PlaceHooks,
  lease: Lease | null,
): Promise<Turn> {
  const progress = await readProgress(deps.db, workspace.id);
  if (progress === null) return { kind: "gone" };
  const lastMessageAt = await findNewestMessage(deps.db, workspace.id, windowStart(progress));
  const findings = await verify(deps, workspace, { ...context, progress }, place, lease);
  const turn = await flag(deps, workspace, { ...context, progress }, findings, lease);
  if (lease === null) return { kind: "synced", ...turn };
  const { checked, stale, flagged } = turn.contacts;
  const recorded = await recordTurn(deps.db, lease, {
    ...{ workspaceId: workspace.id, runAt: progress.startedAt, lastMessageAt },
    ...{ contactsChecked: checked, staleFound: stale, flagged },
    ...{ verified: findings.verified, missed: findings.missed },
    ...{ listed: findings.listed, recovered: findings.recovered },
    error: turn.failure?.message ?? null,
    verifiedAt: verifiedAfter(progress, coverageOf(findings)),
    compared: coverageOf(findings) === "complete" ? null : wholly(findings),
  });
  deps.onStep?.("turn_recorded");
  return recorded ? { kind: "synced", ...turn } : { kind: "gone" };
}

async function verify(
  deps: SyncDeps,
  workspace: SyncWorkspace,
  { progress, dryRun, deadline }: TurnContext & { progress: Progress },
  place: PlaceHooks,
  lease: Lease | null,
): Promise<Findings> {
  const stop = new AbortController();
  const unfollow = abortWith(stop, [deadline.signal, ...(lease ? [lease.signal] : [])]);
  try {
    return await verifyWorkspace(deps, workspace, {
      ...{ workspaceId: workspace.id, progress, lease },
      signal: listenedToByMany(stop.signal),
      session: { deadline, dryRun, onParked: place.parked, onResumed: place.resumed },
    });
  } finally {
    unfollow();
  }
}

/**
 * Counts and flags the stale contacts. Where the comparison was broken off, or lacks one that may be anybody's, nobody is
 * flagged, and where a conversation could not be compared its contact is not: that nothing happened is not known of them.
 */
async function flag(
  { db, onStep }: SyncDeps,
  { id: workspaceId }: SyncWorkspace,
  { staleMs, batchSize, progress }: TurnContext & { progress: Progress },
  findings: Findings,
  lease: Lease | null,
): Promise<TurnFindings> {
  try {
    // What a dry run did not write it knows all the same.
    const except = lease === null ? activeIn(findings, new Date(progress.startedAt.getTime() - staleMs)) : [];
    const counts = await countContacts(db, { workspaceId, staleMs, except });
    const { failure } = findings;
    const unknown = findings.unknown(progress);
    if (unknown.kind === "anybody") return { contacts: { ...counts, flagged: 0, more: false }, findings, failure };
    const order: FlagOrder = { workspaceId, staleMs, batchSize, except: [...except, ...unknown.leadIds] };
    const contacts = { ...counts, ...(await flagSome(db, lease, order)) };
    onStep?.("flagged");
    return { contacts, findings, failure };
  } catch (error) {
    if (error instanceof CutOffError || isDatabaseUnavailable(error)) throw error;
    return { contacts: NO_CONTACTS, findings, failure: toFailure(error) };
  }
}

async function flagSome(
  db: SyncDeps["db"],
  lease: Lease | null,
  order: FlagOrder,
): Promise<Pick<Contacts, "flagged" | "more">> {
  if (lease === null) {
    const due = await countDueForFlag(db, { ...order, batchSize: order.batchSize + 1 });
    return { flagged: Math.min(due, order.batchSize), more: due > order.batchSize };
  }
  const flagged = await flagStaleContacts(db, lease, order);
  const more = flagged === order.batchSize && (await countDueForFlag(db, { ...order, batchSize: 1 })) > 0;
  return { flagged, more };
}

/** The leads in whom something happened since then, going by messages that are not on record. */
function activeIn({ conversations }: Findings, since: Date): string[] {
  return conversations.flatMap(({ activityAt, leadId }) =>
    activityAt !== null && activityAt >= since ? [leadId] : [],
  );
}

/** The conversations of which nothing is left to compare. */
function wholly({ conversations }: Findings): string[] {
  const whole = conversations.filter(({ complete, oddRows }) => complete && oddRows === 0);
  return whole.map(({ conversationId }) => conversationId);
}
