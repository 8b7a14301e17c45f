import { isDeepStrictEqual } from "node:util";
import type { TimingDeps, TimingScope } from "./deps";
import type { DerivedEvent } from "./records";
import { deriveEvents } from "./rules/derive";
import { settleRows } from "./rules/lookback";
import { type AuditedThreads, readForAudit, type StoredEvent } from "./store/audit";

/** So many threads a run are derived a second time, by the definitions. */
const AUDIT_LIMITS = { threadsMax: 3, messagesMax: 300 };

/**
 * Holds the events of a few threads of these leads against the definitions, which share no line with the statement that
 * wrote them. Returns on how many rows the two disagree, and warns of those by the ids of their messages.
 */
export async function auditThreads(deps: TimingDeps, leadIds: readonly string[], scope: TimingScope): Promise<number> {
  const audited = await readForAudit(deps.db, leadIds, scope.since, AUDIT_LIMITS);
  const inboundMessageIds = findMismatches(audited, scope.since);
  if (inboundMessageIds.length > 0) deps.log.warn({ inboundMessageIds }, "response timing events are not as defined");
  return inboundMessageIds.length;
}

/** The messages whose rows should be other than they are, be there, or not be there. */
export function findMismatches({ threads, stored }: AuditedThreads, since: Date): string[] {
  const sentAtNow = new Map(threads.flatMap(({ messages }) => messages.map(({ id, sentAt }) => [id, sentAt] as const)));
  const before = new Map(stored.map((row) => [row.inboundMessageId, row]));
  const derived = threads
    .flatMap(deriveEvents)
    .map((row) => withoutLateCampaign(row, before.get(row.inboundMessageId)));
  const settled = settleRows<StoredEvent>(stored, derived, sentAtNow, since);
  const after = new Map(settled.map((row) => [row.inboundMessageId, row]));
  const messageIds = [...new Set([...before.keys(), ...after.keys()])];
  return messageIds.filter((id) => !isDeepStrictEqual(before.get(id), after.get(id)));
}

/** A campaign that a lead got after its answer is filled in when the thread is next recomputed: until then it is right without. */
function withoutLateCampaign(row: DerivedEvent, stored: StoredEvent | undefined): DerivedEvent {
  if (stored === undefined || stored.aiResponseMessageId === null || stored.aiDelayMinSeconds !== null) return row;
  return { ...row, aiDelayMinSeconds: null, aiDelayMaxSeconds: null, aiChosenDelaySeconds: null };
}
