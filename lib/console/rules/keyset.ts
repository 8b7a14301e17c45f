/** A page of a list, and where the next one begins; null at the end. */
export interface Page<Row> {
  rows: Row[];
  next: string | null;
}

/** How many rows a page of any list has: more than a screen, few enough to be read at once from any table. */
export const PAGE_SIZE = 50;

/**
 * Makes a page of what was read: one row more than the page has room for, in the list's order. The key of the last row
 * shown is where the next page goes on.
 */
export function toPage<Row>(rows: readonly Row[], keyOf: (row: Row) => readonly string[], size = PAGE_SIZE): Page<Row> {
  const shown = rows.slice(0, size);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > size && last !== undefined ? encodeKey(keyOf(last)) : null };
}

/** A row's key as it travels in an address. */
export function encodeKey(parts: readonly string[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** The longest key that there is: two ids and an instant. */
const KEY_CHARS_MAX = 1_000;

/** Reads a key back; null when it is not one with so many parts. An address is anybody's to write. */
export function decodeKey(text: string | undefined, parts: number): string[] | null {
  if (text === undefined || text.length > KEY_CHARS_MAX) return null;
  try {
    const read: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    const isKey = Array.isArray(read) && read.length === parts && read.every((part) => typeof part === "string");
    return isKey ? read.filter((part) => typeof part === "string") : null;
  } catch {
    return null;
  }
}

/** The same for keys that begin with an instant and end with an id. */
export function decodeTimeKey(text: string | undefined): { at: Date; id: string } | null {
  const [time = "", id = ""] = decodeKey(text, 2) ?? [];
  const at = new Date(time);
  return Number.isNaN(at.getTime()) ? null : { at, id };
}
