import type { Deadline } from "@/lib/core/time";

/** Rows that one statement changes at most: short enough to hold nobody up, long enough to be few. */
export const BATCH_SIZE = 1000;

/**
 * Repeats a bounded statement until it finds fewer rows than its bound, or time is up. Returns all that it found, and
 * whether nothing was left.
 */
export async function inBatches<Row>(
  deadline: Pick<Deadline, "passed"> | undefined,
  statement: (limit: number) => Promise<Row[]>,
): Promise<{ rows: Row[]; exhausted: boolean }> {
  const rows: Row[] = [];
  for (;;) {
    if (deadline?.passed()) return { rows, exhausted: false };
    const found = await statement(BATCH_SIZE);
    for (const row of found) rows.push(row);
    if (found.length < BATCH_SIZE) return { rows, exhausted: true };
  }
}
