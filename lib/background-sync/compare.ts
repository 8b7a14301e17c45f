import { retryOnConflict } from "@/lib/db/conflict";
import type { Lease } from "@/lib/db/lease";
import type { SyncDeps } from "./deps";
import type { Compared, ConversationSoFar } from "./findings";
import type { Conversation, ConversationSource, ObservedMessage } from "./source";
import { compareMessages, type MessagePage, recoverMessages } from "./store/messages";

export interface CompareContext {
  workspaceId: string;
  /** Null in a dry run, which writes nothing. */
  lease: Lease | null;
  signal: AbortSignal;
}

/**
 * Compares one conversation with what is on record, page by page, and puts right what differs. A page on which nothing
 * is missing costs one statement, another one a transaction besides.
 */
export async function compareConversation(
  deps: SyncDeps,
  source: ConversationSource,
  { conversation, leadId, since }: { conversation: Conversation; leadId: string; since: Date },
  context: CompareContext,
): Promise<Compared> {
  const soFar: ConversationSoFar = {
    ...{ conversationId: conversation.id, leadId, missing: 0, named: 0, oddRows: 0, foreignRows: 0 },
    ...{ activityAt: null, note: null },
  };
  for await (const { items, oddRows, foreignRows } of source.messages(conversation, since, context.signal)) {
    deps.onStep?.("messages_read");
    soFar.oddRows += oddRows;
    soFar.foreignRows += foreignRows;
    const messages = withoutRepeats(items);
    if (messages.length === 0) continue;
    await comparePage(deps, { workspaceId: context.workspaceId, leadId, messages }, soFar, context.lease);
  }
  const { note: _, ...compared } = soFar;
  return compared;
}

async function comparePage(
  deps: SyncDeps,
  page: MessagePage,
  soFar: ConversationSoFar,
  lease: Lease | null,
): Promise<void> {
  const { missing, nameless, activityAt } = await compareMessages(deps.db, page);
  deps.onStep?.("messages_compared");
  if (missing === 0 && nameless === 0) return;
  if (activityAt !== null && (soFar.activityAt === null || activityAt > soFar.activityAt)) {
    soFar.activityAt = activityAt;
  }
  if (lease === null) {
    soFar.missing += missing;
    soFar.named += nameless;
    return;
  }
  // A webhook may name the very row or message between our look and our write; at the second look it is there.
  const done = await retryOnConflict(() => recoverMessages(deps.db, page, { lease, note: soFar.note }));
  soFar.missing += done.inserted;
  soFar.named += done.named;
  soFar.note = done.note;
  deps.onStep?.("messages_recovered");
}

/** A listing may repeat a row, on one page or where pages shift. */
function withoutRepeats(messages: readonly ObservedMessage[]): ObservedMessage[] {
  return [...new Map(messages.map((message) => [message.id, message])).values()];
}
