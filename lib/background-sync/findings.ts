import { CutOffError, describeError, ProviderError } from "@/lib/core/errors";
import type { RecoveryNote } from "./store/messages";

/** Why a comparison is not complete. */
export interface Failure {
  /** A provider's kind of error, `circuit_open`, `cut_off` for one that ran out of time, or `internal`. */
  kind: string;
  message: string;
}

/** What became of one conversation. */
export interface Compared {
  conversationId: string;
  leadId: string;
  /** Messages that were missing; in a dry run, that are. */
  missing: number;
  named: number;
  oddRows: number;
  foreignRows: number;
  /** When the latest of the missing messages says that something happened. */
  activityAt: Date | null;
}

/** Who must not be called stale, because nobody knows whether they are. */
export type Unknown = { kind: "these"; leadIds: string[] } | { kind: "anybody" };

/** The note and the figures of a conversation while its pages are read. */
export interface ConversationSoFar extends Compared {
  note: RecoveryNote | null;
}

/** Everything that a comparison finds out about a workspace, gathered while it goes on. */
export class Findings {
  /** Conversations that Kapso listed. */
  listed = 0;
  /** Of them, those whose person is no contact of the workspace, or has no number. */
  unknownContacts = 0;
  /** Of them, those that an unfinished comparison had dealt with, and in which nothing was said since. */
  comparedBefore = 0;
  oddRows = 0;
  readonly compared: Compared[] = [];
  /** Conversations that could not be compared, with the leads whose they are. */
  readonly gaps: { leadId: string; failure: Failure }[] = [];
  /** What ended the comparison before its end. */
  cutOff: Failure | null = null;

  get verified(): number {
    return this.compared.length;
  }

  get missed(): number {
    return this.compared.filter(({ missing }) => missing > 0).length;
  }

  get recovered(): number {
    return this.compared.reduce((sum, { missing }) => sum + missing, 0);
  }

  get named(): number {
    return this.compared.reduce((sum, { named }) => sum + named, 0);
  }

  get foreignRows(): number {
    return this.compared.reduce((sum, { foreignRows }) => sum + foreignRows, 0);
  }

  /**
   * The whole of what went wrong. A row that cannot be read is counted and no failure of the workspace: it would be one
   * for as long as the row exists.
   */
  get failure(): Failure | null {
    const [first] = this.gaps;
    if (this.cutOff !== null || first === undefined) return this.cutOff;
    return { kind: first.failure.kind, message: `${this.gaps.length} not compared: ${first.failure.message}` };
  }

  /** Before a comparison is complete, nobody whose conversation may be among the rest can be called stale. */
  get unknown(): Unknown {
    if (this.cutOff !== null) return { kind: "anybody" };
    const withOddRows = this.compared.filter(({ oddRows }) => oddRows > 0);
    return { kind: "these", leadIds: [...this.gaps, ...withOddRows].map(({ leadId }) => leadId) };
  }
}

/** Anything thrown while asking or recording, as a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CutOffError) return { kind: "cut_off", message: error.message };
  return { kind: error instanceof ProviderError ? error.kind : "internal", message: describeError(error) };
}
