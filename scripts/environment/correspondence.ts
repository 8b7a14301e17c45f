import type { Db } from "@/lib/db/client";
import type { KapsoMessage } from "../sandbox/kapso-model";
import { deliverWebhooks, type WebhookLuck } from "../sandbox/kapso-webhooks";
import type { Random } from "../sandbox/random";
import { recordMessageByWebhook } from "./message-webhook";
import type { TalkingLead, TalkingWorkspace } from "./sample-conversations";

/** Something that was said over WhatsApp, and whether its webhook was lost. */
export interface Said {
  readonly workspace: TalkingWorkspace;
  /** Null for somebody who is nobody's lead. */
  readonly lead: TalkingLead | null;
  readonly message: KapsoMessage;
  /** The round in which it was said: each ends with a sync. */
  readonly round: number;
  readonly lost: boolean;
}

/**
 * Carries the webhooks of one person's messages to the program that receives them, as badly as `luck` says. That program
 * knows leads alone. Returns what was said, with what was lost.
 */
export async function carryWebhooks(
  db: Db,
  { workspace, lead, round }: Pick<Said, "workspace" | "lead" | "round">,
  messages: readonly KapsoMessage[],
  { luck, random }: { luck: WebhookLuck; random: Random },
): Promise<Said[]> {
  const webhooks = deliverWebhooks(messages, luck, random);
  if (lead) for (const webhook of webhooks) await recordMessageByWebhook(db, lead.id, webhook);
  const arrived = new Set(webhooks.map(({ body }) => body.message["id"]));
  return messages.map((message) => ({ workspace, lead, message, round, lost: !arrived.has(message.id) }));
}
