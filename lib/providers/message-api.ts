import type { OutgoingMessage } from "@/lib/followups/sender";
import type { ProviderAnswer } from "./answers";
import type { Requester } from "./request";

/** How one provider takes messages, for one workspace. */
export interface MessageApi {
  readonly requester: Requester;
  compose(message: OutgoingMessage): ComposedMessage;
  /** The provider's id of a message that it took; null where the answer has none. */
  readId(body: unknown): string | null;
  /** Why the provider refused, in words of ours for people; null where that is not known. */
  explainRefusal(body: unknown): string | null;
  /** Asks with the same credential for something that may be read any number of times. */
  askAgain(message: OutgoingMessage, signal: AbortSignal): Promise<ProviderAnswer>;
}

/** The request that sends a message, or what the lead lacks for it, in words for people. */
export type ComposedMessage =
  | { path: string; headers: Record<string, string>; body: unknown; label: string }
  | { unfit: string };
