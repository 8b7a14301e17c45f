import type { MessageRow } from "../records";

/** Sorts by when things were sent, then by when we heard of them, then by id: `(sentAt, createdAt, id COLLATE "C")`. */
export function compareMessages(a: MessageRow, b: MessageRow): number {
  return a.sentAt.getTime() - b.sentAt.getTime() || compareByAge(a, b);
}

/** Sorts from the oldest to the newest row: `(createdAt, id COLLATE "C")`. */
export function compareByAge(a: { createdAt: Date; id: string }, b: { createdAt: Date; id: string }): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || compareBytes(a.id, b.id);
}

/**
 * Sorts as the database's "C" collation does, by the bytes of UTF-8. JavaScript compares UTF-16 code units, which puts
 * characters beyond the basic plane before some that belong in front of them.
 */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
