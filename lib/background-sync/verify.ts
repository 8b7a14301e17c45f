import pLimit from "p-limit";
import { ProviderError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { type CompareContext, compareConversation } from "./compare";
import type { SyncDeps } from "./deps";
import { type Failure, Findings, nothingFound, toFailure } from "./findings";
import type { Progress, SyncWorkspace } from "./records";
import { type Coverage, conversationStart, windowStart } from "./rules/window";
import type { SyncSession, SyncSessionOptions } from "./session";
import type { Conversation } from "./source";
import { matchContacts } from "./store/contacts";

export interface VerifyContext extends CompareContext {
  progress: Progress;
  session: SyncSessionOptions;
}

/** Conversations of a workspace that are read at once: hides the way to Kapso and back; the account's rate bounds it. */
const CONVERSATIONS_AT_ONCE = 4;

/**
 * Compares every conversation of a workspace that was active since the last comparison with what is on record, and
 * inserts what webhooks lost. What goes wrong is part of the findings.
 *
 * @throws only when the database cannot be reached.
 */
export async function verifyWorkspace(
  deps: SyncDeps,
  workspace: SyncWorkspace,
  context: VerifyContext,
): Promise<Findings> {
  const findings = new Findings();
  try {
    const session = await openSession(deps, workspace, context);
    if (session === "circuit_open") {
      findings.cutOff = { kind: "circuit_open", message: "Kapso: the circuit is open after too many failures" };
      return findings;
    }
    try {
      await compareAll(deps, session, context, findings);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (isDatabaseUnavailable(error)) throw error;
    findings.cutOff ??= context.signal.aborted ? toFailure(context.signal.reason) : toFailure(error);
  }
  deps.onStep?.("verified");
  return findings;
}

/** How far the comparison came. */
export function coverageOf({ cutOff, gaps, vanished, oddRows }: Findings): Coverage {
  if (cutOff !== null) return "cut_off";
  return gaps.length > 0 || vanished.length > 0 || oddRows > 0 ? "with_gaps" : "complete";
}

/** A turn that may ask as often as it needs. A half-open circuit is tried with one page first, and then closed or open. */
async function openSession(
  { openSession }: SyncDeps,
  workspace: SyncWorkspace,
  { progress, session: options, signal }: VerifyContext,
): Promise<SyncSession | "circuit_open"> {
  const session = await openSession(workspace, options);
  if (session === "circuit_open" || !session.isProbe) return session;
  try {
    for await (const _ of looking(session, session.source.conversations(windowStart(progress), signal))) break;
  } finally {
    await session.close();
  }
  const reopened = await openSession(workspace, options);
  if (reopened === "circuit_open" || !reopened.isProbe) return reopened;
  await reopened.close();
  return "circuit_open";
}

async function compareAll(
  deps: SyncDeps,
  session: SyncSession,
  context: VerifyContext,
  findings: Findings,
): Promise<void> {
  const { progress, signal, workspaceId } = context;
  const limit = pLimit(CONVERSATIONS_AT_ONCE);
  for await (const page of looking(session, session.source.conversations(windowStart(progress), signal))) {
    deps.onStep?.("conversations_read");
    findings.listed += page.items.length;
    findings.oddConversations += page.oddRows;
    const phones = page.items.flatMap(({ phone }) => phone ?? []);
    const leads = await matchContacts(deps.db, workspaceId, phones);
    deps.onStep?.("contacts_matched");
    const comparisons = page.items.map((conversation) =>
      limit(() => compareOne(deps, session, conversation, leads, context, findings)),
    );
    // All of them, so that none is still under way when the session is closed.
    const settled = await Promise.allSettled(comparisons);
    const failed = settled.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
    if (findings.cutOff !== null) return;
  }
}

async function compareOne(
  deps: SyncDeps,
  session: SyncSession,
  conversation: Conversation,
  leads: ReadonlyMap<string, string>,
  context: VerifyContext,
  findings: Findings,
): Promise<void> {
  if (findings.cutOff !== null) return;
  const leadId = conversation.phone === null ? undefined : leads.get(conversation.phone);
  if (leadId === undefined) {
    findings.unknownContacts++;
    return;
  }
  const since = conversationStart(context.progress, conversation);
  if (since === null) {
    findings.comparedBefore++;
    return;
  }
  try {
    const soFar = nothingFound(conversation.id, leadId);
    findings.conversations.push(soFar);
    await compareConversation(deps, session.source, { conversation, since }, soFar, context);
    session.record(null);
  } catch (error) {
    explain(error, session, context, { findings, leadId });
  }
}

/** What a conversation that could not be compared means: a gap, or the end of the comparison. */
function explain(
  error: unknown,
  session: SyncSession,
  { signal }: VerifyContext,
  { findings, leadId }: { findings: Findings; leadId: string },
): void {
  if (isDatabaseUnavailable(error)) throw error;
  const failure: Failure = signal.aborted ? toFailure(signal.reason) : toFailure(error);
  const isOpen = error instanceof ProviderError && session.record(error);
  if (failure.kind === "not_found") {
    findings.vanished.push(leadId);
    return;
  }
  if (isOpen || signal.aborted || failure.kind === "rate_limited" || failure.kind === "cut_off") {
    findings.cutOff ??= failure;
  } else {
    findings.gaps.push({ leadId, failure });
  }
}

/** A listing each of whose pages counts as one look. */
async function* looking<T>(session: SyncSession, pages: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    for await (const page of pages) {
      session.record(null);
      yield page;
    }
  } catch (error) {
    if (error instanceof ProviderError) session.record(error);
    throw error;
  }
}
