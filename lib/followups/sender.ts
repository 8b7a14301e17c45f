/**
 * The port through which follow-ups send. Providers implement it; this feature owns its words.
 *
 * No provider lets a message be sent idempotently, so an outcome says what is certain, and `unknown` where nothing is.
 */
import type { Deadline } from "@/lib/core/time";

export type SenderProvider = "GHL" | "KAPSO";

/** What the engine knows of a workspace when it sends for it. Credentials go to senders and nowhere else. */
export interface SendingWorkspace {
  id: string;
  ghlLocationId: string | null;
  ghlPrivateKey: string | null;
  kapsoPhoneId: string | null;
  kapsoApiKey: string | null;
  metaAccessToken: string | null;
}

/** The channels that a machine can send on. */
export const SEND_CHANNELS = ["email", "sms", "whatsapp"] as const;
export type SendChannel = (typeof SEND_CHANNELS)[number];

export interface OutgoingMessage {
  channel: SendChannel;
  /** How the lead can be reached; a sender takes what its provider needs. */
  to: { ghlContactId: string | null; email: string | null; phone: string | null };
  /** For e-mail. */
  subject: string | null;
  body: string;
}

export type SendOutcome =
  /** The provider took it. `externalId` is its name for the message, where it gave one. */
  | { kind: "sent"; externalId: string | null }
  /** Certainly not sent, and worth another try: 429, 409, no connection. */
  | { kind: "not_sent"; reason: string; retryAfterMs: number | null }
  /**
   * Certainly not sent, and never will be as it is: any other 4xx, or a lead whom the provider cannot reach. With
   * `credentialDead` it is not the message that is wrong, and the circuit is open now.
   */
  | { kind: "refused"; reason: string; credentialDead: boolean }
  /** It may have been sent or not: a time-out (408 too), a reset, a 5xx, a redirect. To be repeated by nobody. */
  | { kind: "unknown"; reason: string }
  /** Nothing was sent because the run ends before the account has a request left. It says nothing of the message. */
  | { kind: "cut_off" };

/** One workspace's turn at one provider: behind its circuit, within its account's rate. */
export interface SenderSession {
  readonly provider: SenderProvider;
  /** How many messages may be sent: one while the circuit is half-open, else as many as there are. */
  readonly sendsMax: number;
  /**
   * Waits for a permit and a connection until the deadline, asks `mayStillSend` when both are there, and sends at most
   * once: nothing is ever repeated. Once `mayStillSend` said yes, a send is not cut off by the deadline, only by the
   * provider's time limit; where there is no permit or no connection, it is not asked.
   * Resolves with `prevented` where `mayStillSend` said no. Never rejects for what a provider does; an error of
   * `mayStillSend`, or of the database while it waits for a permit, goes through, with nothing sent.
   */
  send(message: OutgoingMessage, mayStillSend: () => Promise<boolean>): Promise<SendOutcome | { kind: "prevented" }>;
  /** Whether the circuit opened in this turn: no more is to be sent. */
  isOpen(): boolean;
  /** Settles the account and the circuit. To be called once, when the last message is dealt with. */
  close(): Promise<void>;
}

export interface SenderOptions {
  deadline: Deadline;
  /** The account has no requests left: the workspace waits, and another may have its place. */
  onParked?(): void;
  onResumed?(): void;
}

/** Which provider a workspace's messages of a channel go through; null where it has none. Pure. */
export type ChooseSender = (workspace: SendingWorkspace, channel: SendChannel) => SenderProvider | null;

/** Opens a turn, or says that the circuit lets nobody through now. A dry run never opens one. */
export type OpenSender = (
  workspace: SendingWorkspace,
  provider: SenderProvider,
  options: SenderOptions,
) => Promise<SenderSession | "circuit_open">;
