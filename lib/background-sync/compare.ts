import { retryOnConflict } from "@/lib/db/conflict";
import type { Lease } from "@/lib/db/lease";
import type { SyncDeps } from "./deps";
import type { ConversationFindings } from "./findings";
import type { Conversation, ConversationSource, ObservedMessage } from "./source";
import { compareMessages, type MessagePage } from "./store/comparison";
import { recoverMessages } from "./store/messages";

export interface CompareContext {
  workspaceId: string;
  /** Null in a dry run, which writes nothing. */
  lease: Lease | null;
  signal: AbortSignal;
}

/**
 * Compares one conversation with what is on record, page by page, and puts right what differs. A page on which nothing
 * is missing costs one statement, another one a transaction besides. What was found is in `soFar`, also where it throws.
 */
export async function compareConversation(
  deps: SyncDeps,
  source: ConversationSource,
  { conversation, since }: { conversation: Conversation; since: Date },
  soFar: ConversationFindings,
  context: CompareContext,
): Promise<void> {
  for await (const { items, oddRows, foreignRows } of source.messages(conversation, since, context.signal)) {
    deps.onStep?.("messages_read");
    soFar.oddRows += oddRows;
    soFar.foreignRows += foreignRows;
    const messages = withoutRepeats(items);
    if (messages.length === 0) continue;
    const { workspaceId, lease } = context;
    await comparePage(deps, { workspaceId, leadId: soFar.leadId, messages }, soFar, lease);
  }
  soFar.complete = true;
}

async function comparePage(
  deps: SyncDeps,
  page: MessagePage,
  soFar: ConversationFindings,
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
