/**
 * The figures of a run's result that are worth watching, by the name that metrics give them. The list is closed, so that
 * a result with a new field makes no new series.
 */
export const FIGURES = {
  workspaces_processed: "Workspaces worked on.",
  workspaces_failed: "Workspaces that could not be worked on.",
  workspaces_without_credentials: "Workspaces left out because they have no credentials.",
  workspaces_behind_circuits: "Workspaces left out because their circuit is open.",
  leads_checked: "Leads asked about at a provider.",
  leads_skipped: "Leads left alone, with nothing to ask with or out of time.",
  leads_failed: "Leads whose check failed.",
  bookings_found: "Bookings that no webhook had told of.",
  cancellations_found: "Cancellations that no webhook had told of.",
  reschedules_found: "Meetings found to have moved.",
  leads_updated: "Leads whose roll-up changed without a transition.",
  tasks_created: "Tasks left for people.",
  run_breaker_tripped: "1 if the run's breaker tripped, else 0.",
  backstop_completed: "Instances of booked leads that should have been completed before.",
  instances_resumed: "Instances that were resumed.",
  steps_due: "Steps dealt with.",
  steps_sent: "Messages sent.",
  steps_deferred: "Steps put off to a later window.",
  steps_failed: "Steps that a provider refused.",
  sends_unknown: "Messages of which nobody knows whether they were sent.",
  threads_processed: "Threads recomputed because they changed.",
  rows_inserted: "Rows written anew.",
  rows_updated: "Rows changed.",
  rows_retracted: "Rows taken back.",
  rows_mismatched: "Rows on which the audit disagreed.",
  contacts_checked: "Contacts in scope.",
  contacts_stale: "Contacts found stale.",
  contacts_flagged: "Contacts flagged.",
  conversations_verified: "Conversations compared with the provider.",
  conversations_missed: "Conversations in which messages were missing.",
} as const satisfies Record<string, string>;

export type FigureName = keyof typeof FIGURES;

/** Where figures are in a job's result: the fields to add up, each as the names on the way to it. */
export type FigurePaths = Partial<Record<FigureName, readonly string[]>>;

/** One number of a result; a flag counts as 1 or 0. Null where the result, whoever wrote it, has none there. */
export function readFigure(result: unknown, path: string): number | null {
  let value = result;
  for (const name of path.split(".")) value = value instanceof Object ? Reflect.get(value, name) : undefined;
  if (typeof value === "boolean") return value ? 1 : 0;
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** What the fields at these paths add up to; null if the result has none of them. */
export function sumFigures(result: unknown, paths: readonly string[]): number | null {
  const found = paths.map((path) => readFigure(result, path)).filter((value) => value !== null);
  return found.length === 0 ? null : found.reduce((sum, value) => sum + value, 0);
}
