import type { Clock } from "@/lib/core/time";
import type { GhlContact } from "./ghl-model";
import { type Random, randomId } from "./random";

export type GhlMessageType = "SMS" | "Email" | "WhatsApp";

/** A message that somebody really got. */
export interface GhlMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly locationId: string;
  readonly contactId: string;
  readonly type: GhlMessageType;
  /** As it was sent: of an e-mail the HTML. */
  readonly body: string;
  readonly subject: string | null;
  readonly at: Date;
}

export type GhlWriting = Pick<GhlMessage, "type" | "body" | "subject">;

/** HighLevel's ids are 20 letters and digits. */
const ID_LENGTH = 20;

/** What HighLevel sent on to people for programs. Nothing in it tells a repeated message from a second one. */
export class GhlOutbox {
  private readonly delivered: GhlMessage[] = [];
  private readonly conversations = new Map<string, string>();

  constructor(
    private readonly clock: Clock,
    private readonly random: Random,
  ) {}

  deliver({ id: contactId, locationId }: GhlContact, writing: GhlWriting): GhlMessage {
    const conversationId = this.conversations.get(contactId) ?? this.newId();
    this.conversations.set(contactId, conversationId);
    const message = { id: this.newId(), conversationId, locationId, contactId, ...writing, at: this.clock.now() };
    this.delivered.push(message);
    return message;
  }

  /** In the order in which they were sent; of one contact or of all. */
  deliveries(contactId?: string): readonly GhlMessage[] {
    return this.delivered.filter((message) => contactId === undefined || message.contactId === contactId);
  }

  private newId(): string {
    return randomId(this.random, ID_LENGTH);
  }
}
