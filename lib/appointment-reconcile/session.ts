import type { ProviderError } from "@/lib/core/errors";
import type { Deadline } from "@/lib/core/time";
import type { Workspace } from "./records";
import type { AppointmentSource } from "./source";

/** A turn at a workspace's provider: through its breaker, within its account's rate. */
export interface ProviderSession {
  readonly source: AppointmentSource;
  /** How many leads may go through: one while the circuit is half-open, else as many as there are. */
  readonly leadsMax: number;
  /** Says how many leads are about to be asked about, so that their requests are reserved together. */
  expectLeads(count: number): void;
  /** How many requests were sent in this turn so far. */
  requestsSent(): number;
  /** Tells the breaker how one check went: null for well. Returns whether the circuit is open now. */
  record(error: ProviderError | null): boolean;
  /** Settles the account and the circuit. To be called once, when the last check is done. */
  close(): Promise<void>;
}

export interface SessionOptions {
  deadline: Deadline;
  /** Opens no circuit and closes none; one that is not closed lets nothing through. */
  dryRun: boolean;
  /** The account has no requests left: the workspace waits, and another may have its place. */
  onParked(): void;
  onResumed(): void;
}

/** Opens a turn, or says that the circuit lets nobody through now. */
export type OpenSession = (workspace: Workspace, options: SessionOptions) => Promise<ProviderSession | "circuit_open">;
