/** The port through which background sync asks what was said on WhatsApp. Providers implement it; the words are ours. */

/** A conversation between the workspace's number and one person. */
export interface Conversation {
  id: string;
  /** The person's number, digits only, as WhatsApp knows it; null for somebody whom it does not name. */
  phone: string | null;
  /** Null where the provider does not say. */
  lastActiveAt: Date | null;
}

/** One message, in the words of our own tables. */
export interface ObservedMessage {
  id: string;
  direction: "inbound" | "outbound";
  /** Null for what people write. `auto_reply`: inbound, and nobody wrote it. */
  kind: "reaction" | "auto_reply" | "system" | null;
  /** Empty where there is no text. */
  body: string;
  /** To the second. */
  sentAt: Date;
  /** The provider's word for what became of an outbound message; null for inbound ones. */
  deliveryStatus: string | null;
}

export interface Page<T> {
  items: T[];
  /** Rows that could not be read as what they should be. */
  oddRows: number;
  /** Rows that belong to another conversation or to another time than was asked for. */
  foreignRows: number;
}

/**
 * Listings, page by page. One that ends without an error was read to its end: absence means something. One that goes in
 * circles, or whose pages cannot be read, throws a `ProviderError`, and so does everything else that a provider does
 * wrong; cut off by the signal, it throws the signal's reason.
 */
export interface ConversationSource {
  /** The conversations active since then. */
  conversations(since: Date, signal: AbortSignal): AsyncIterable<Page<Conversation>>;
  /** The messages of a conversation since then, and none of another one, whatever the provider answers. */
  messages(conversation: Conversation, since: Date, signal: AbortSignal): AsyncIterable<Page<ObservedMessage>>;
}
