export interface Pace {
  /** Leads dealt with, whatever came of them. */
  dealtWith: number;
  failed: number;
  /** On average since the start, waits included; null before anything was dealt with. */
  perSecond: number | null;
  /** How long the rest takes at that pace, in milliseconds; null where nobody can say. */
  remainingMs: number | null;
}

/** How fast a backfill goes and how long it has left, from its books. Tasks are no leads. */
export function paceOf(books: {
  counts: Record<string, number>;
  outcomes: Record<string, number>;
  startedAt: Date;
  movedAt: Date;
  remaining: number | null;
}): Pace {
  const sum = (counts: Record<string, number>) =>
    Object.entries(counts).reduce((total, [name, count]) => (NO_LEADS.has(name) ? total : total + count), 0);
  const dealtWith = sum(books.counts) + sum(books.outcomes);
  const elapsedMs = books.movedAt.getTime() - books.startedAt.getTime();
  const perSecond = dealtWith > 0 && elapsedMs > 0 ? (dealtWith / elapsedMs) * 1_000 : null;
  const remainingMs = perSecond === null || books.remaining === null ? null : (books.remaining / perSecond) * 1_000;
  return { dealtWith, failed: books.outcomes["failed"] ?? 0, perSecond, remainingMs };
}

/** Counted beside the leads in a run's books. */
const NO_LEADS = new Set(["tasksCreated", "requests", "oddRows"]);
