import { CutOffError, describeError, ProviderError } from "@/lib/core/errors";
import type { Progress } from "./records";
import { isGivenUp } from "./rules/window";
import type { RecoveryNote } from "./store/messages";

/** Why a comparison is not complete. */
export interface Failure {
  /** A provider's kind of error, `circuit_open`, `cut_off` for one that ran out of time, or `internal`. */
  kind: string;
  message: string;
}

/** What became of one conversation of a contact, kept while its pages are read. */
export interface ConversationFindings {
  conversationId: string;
  leadId: string;
  /** All of its pages were compared. */
  complete: boolean;
  /** Messages that were missing; in a dry run, that are. */
  missing: number;
  named: number;
  oddRows: number;
  foreignRows: number;
  /** When the latest of the missing messages says that something happened. */
  activityAt: Date | null;
  note: RecoveryNote | null;
}

/** A conversation of which nothing is known yet. */
export function nothingFound(conversationId: string, leadId: string): ConversationFindings {
  return {
    ...{ conversationId, leadId, complete: false, missing: 0, named: 0, oddRows: 0, foreignRows: 0 },
    ...{ activityAt: null, note: null },
  };
}

/** Who must not be called stale, because nobody knows whether they are. */
export type Unknown = { kind: "these"; leadIds: string[] } | { kind: "anybody" };

/** Everything that a comparison finds out about a workspace, gathered while it goes on. */
export class Findings {
  /** Conversations that Kapso listed. */
  listed = 0;
  /** Of them, those whose person is no contact of the workspace, or has no number. */
  unknownContacts = 0;
  /** Of them, those that an unfinished comparison had dealt with, and in which nothing was said since. */
  comparedBefore = 0;
  /** Rows of the listing of conversations that could not be read. */
  oddConversations = 0;
  /** The conversations of contacts, those that could not be compared included. */
  readonly conversations: ConversationFindings[] = [];
  /** Conversations that could not be compared, with the leads whose they are. */
  readonly gaps: { leadId: string; failure: Failure }[] = [];
  /**
   * The leads whose conversations were named and a moment later not found. One that was deleted is named no more the
   * next time, and is no failure; one that is named again was not gone.
   */
  readonly vanished: string[] = [];
  /** What ended the comparison before its end. */
  cutOff: Failure | null = null;

  get verified(): number {
    return this.conversations.filter(({ complete }) => complete).length;
  }

  get missed(): number {
    return this.conversations.filter(({ missing }) => missing > 0).length;
  }

  get recovered(): number {
    return sumOf(this.conversations.map(({ missing }) => missing));
  }

  get named(): number {
    return sumOf(this.conversations.map(({ named }) => named));
  }

  get foreignRows(): number {
    return sumOf(this.conversations.map(({ foreignRows }) => foreignRows));
  }

  get oddRows(): number {
    return this.oddConversations + sumOf(this.conversations.map(({ oddRows }) => oddRows));
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

  /**
   * Before a comparison is complete, nobody whose conversation may be among the rest can be called stale. A row of the
   * listing that cannot be read may be anybody's, until it is given up.
   */
  unknown(progress: Progress): Unknown {
    const isAnybodys = this.oddConversations > 0 && !isGivenUp(progress);
    if (this.cutOff !== null || isAnybodys) return { kind: "anybody" };
    const withOddRows = this.conversations.filter(({ oddRows }) => oddRows > 0);
    const leadIds = [...this.gaps, ...withOddRows].map(({ leadId }) => leadId);
    return { kind: "these", leadIds: [...leadIds, ...this.vanished] };
  }
}

function sumOf(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0);
}

/** Anything thrown while asking or recording, as a failure. */
export function toFailure(error: unknown): Failure {
  if (error instanceof CutOffError) return { kind: "cut_off", message: error.message };
  return { kind: error instanceof ProviderError ? error.kind : "internal", message: describeError(error) };
}
