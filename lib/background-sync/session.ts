import type { ProviderError } from "@/lib/core/errors";
import type { Deadline } from "@/lib/core/time";
import type { SyncWorkspace } from "./records";
import type { ConversationSource } from "./source";

/** A turn at a workspace's Kapso: through its breaker, within its account's rate. */
export interface SyncSession {
  readonly source: ConversationSource;
  /** The circuit is half-open: one look is let through, and what it brings decides. */
  readonly isProbe: boolean;
  /** How many requests were sent in this turn so far. */
  requestsSent(): number;
  /** Tells the breaker how one look went: null for well. Returns whether the circuit is open now. */
  record(error: ProviderError | null): boolean;
  /** Settles the account and the circuit. To be called once, when the last look is done. */
  close(): Promise<void>;
}

export interface SyncSessionOptions {
  deadline: Deadline;
  /** Opens no circuit and closes none; one that is not closed lets nothing through. */
  dryRun: boolean;
  /** The account has no requests left: the workspace waits, and another may have its place. */
  onParked(): void;
  onResumed(): void;
}

/** Opens a turn, or says that the circuit lets nobody through now. */
export type OpenSyncSession = (
  workspace: SyncWorkspace,
  options: SyncSessionOptions,
) => Promise<SyncSession | "circuit_open">;
