import type { TurnFindings } from "./turn";

/** The counters of a run: the fields of its answer, under the names that the contract gives them. */
export interface Tally {
  /** Workspaces that had their turn, failed ones included. */
  workspaces: number;
  checked: number;
  stale: number;
  flagged: number;
  verified: number;
  missed: number;
  /** Workspaces whose comparison was not complete or that failed otherwise. */
  errors: number;
  /** Conversations that Kapso listed, and those of them that belong to no contact. */
  listed: number;
  unknownContacts: number;
  /** Messages that were missing, and rows of ours that got their ids. */
  recovered: number;
  named: number;
  /** Rows of listings that could not be read, and rows that belonged elsewhere. */
  oddRows: number;
  foreignRows: number;
  /** How many workspaces failed, by kind. */
  errorsByKind: Record<string, number>;
}

export function emptyTally(): Tally {
  return {
    ...{ workspaces: 0, checked: 0, stale: 0, flagged: 0, verified: 0, missed: 0, errors: 0 },
    ...{ listed: 0, unknownContacts: 0, recovered: 0, named: 0, oddRows: 0, foreignRows: 0 },
    errorsByKind: {},
  };
}

/** Counts one workspace's turn. */
export function countTurn(tally: Tally, { contacts, findings, failure }: TurnFindings): void {
  if (failure !== null) countFailure(tally, failure.kind);
  else tally.workspaces++;
  tally.checked += contacts.checked;
  tally.stale += contacts.stale;
  tally.flagged += contacts.flagged;
  for (const name of COUNTED) tally[name] += findings[name];
}

/** Counts a workspace that failed. */
export function countFailure(tally: Tally, kind: string): void {
  tally.workspaces++;
  tally.errors++;
  tally.errorsByKind[kind] = (tally.errorsByKind[kind] ?? 0) + 1;
}

const COUNTED = [
  ...(["verified", "missed", "listed", "unknownContacts", "recovered", "named"] as const),
  ...(["oddRows", "foreignRows"] as const),
];
