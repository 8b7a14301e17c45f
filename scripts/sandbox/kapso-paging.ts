import { Refusal } from "./answer";
import type { KapsoNumber } from "./kapso-model";
import type { KapsoVoice } from "./kapso-voice";
import { toPaging } from "./kapso-wire";
import type { SandboxRequest } from "./request";

/** Kapso's own default and bound. */
const PAGE_ROWS = 20;
const PAGE_ROWS_MAX = 100;

interface Listed {
  id: string;
}

/**
 * One page of a listing, newest first. A cursor names the time and the id of the last row that was given, so rows that
 * come in meanwhile push none from one page to the next.
 */
export function paginate<T extends Listed>(
  items: readonly T[],
  timeOf: (item: T) => Date,
  request: SandboxRequest,
  number: KapsoNumber,
  voice: KapsoVoice,
  toRow: (item: T) => unknown,
): Record<string, unknown> {
  const limit = readLimit(request.query, voice);
  const after = readCursor(request.query.get("after"), voice);
  const keyOf = (item: T) => ({ atMs: timeOf(item).getTime(), id: item.id });
  const sorted = items.toSorted((a, b) => compare(keyOf(a), keyOf(b)));
  const left = after === null ? sorted : sorted.filter((item) => compare(keyOf(item), after) > 0);
  const page = left.slice(0, limit);
  const last = page.at(-1);
  const next = last && left.length > limit ? writeCursor(keyOf(last)) : null;
  return { data: page.map(toRow), ...toPaging(next, number.quirks) };
}

interface Key {
  atMs: number;
  id: string;
}

/** Newest first. */
function compare(a: Key, b: Key): number {
  return b.atMs - a.atMs || (a.id < b.id ? -1 : Number(a.id > b.id));
}

function readLimit(query: URLSearchParams, voice: KapsoVoice): number {
  const text = query.get("limit");
  if (text === null) return PAGE_ROWS;
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= PAGE_ROWS_MAX) return limit;
  throw new Refusal(voice.badRequest(`limit must be from 1 to ${PAGE_ROWS_MAX}`));
}

function writeCursor({ atMs, id }: Key): string {
  return Buffer.from(`${atMs} ${id}`).toString("base64url");
}

function readCursor(cursor: string | null, voice: KapsoVoice): Key | null {
  if (cursor === null) return null;
  const [atMs = "", id] = Buffer.from(cursor, "base64url").toString("utf8").split(" ");
  if (/^\d+$/.test(atMs) && id !== undefined) return { atMs: Number(atMs), id };
  throw new Refusal(voice.badRequest("after is no cursor of this listing"));
}
