import { createHash } from "node:crypto";
import { Refusal } from "./answer";
import { CALENDLY_ORIGIN } from "./calendly-model";
import type { CalendlyVoice } from "./calendly-voice";
import type { SandboxRequest } from "./request";

/** Calendly's own default and bound. */
const PAGE_ROWS = 20;
const PAGE_ROWS_MAX = 100;

/**
 * One page of a listing in Calendly's wrapping. A page token is good only beside the filters with which it was given:
 * with others the answer is 400.
 */
export function paginate<T>(
  items: readonly T[],
  request: SandboxRequest,
  voice: CalendlyVoice,
  toRow: (item: T) => unknown,
): Record<string, unknown> {
  const count = readCount(request.query, voice);
  const filters = digestFilters(request);
  const first = readToken(request.query.get("page_token"), filters, voice);
  const page = items.slice(first, first + count);
  const next = first + count < items.length ? writeToken(first + count, filters) : null;
  const previous = first > 0 ? writeToken(Math.max(0, first - count), filters) : null;
  return {
    collection: page.map(toRow),
    pagination: {
      count: page.length,
      next_page: next && linkTo(request, next),
      previous_page: previous && linkTo(request, previous),
      next_page_token: next,
      previous_page_token: previous,
    },
  };
}

function readCount(query: URLSearchParams, voice: CalendlyVoice): number {
  const text = query.get("count");
  if (text === null) return PAGE_ROWS;
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= PAGE_ROWS_MAX) return count;
  throw new Refusal(voice.invalid({ parameter: "count", message: `must be from 1 to ${PAGE_ROWS_MAX}` }));
}

/** What was listed, without what may differ from page to page. */
function digestFilters({ path, query }: SandboxRequest): string {
  const filters = [...query].filter(([name]) => name !== "page_token" && name !== "count").sort();
  return createHash("sha256")
    .update(JSON.stringify([path, filters]))
    .digest("base64url")
    .slice(0, 12);
}

function writeToken(first: number, filters: string): string {
  return Buffer.from(`${first}.${filters}`).toString("base64url");
}

function readToken(token: string | null, filters: string, voice: CalendlyVoice): number {
  if (token === null) return 0;
  const [first = "", given] = Buffer.from(token, "base64url").toString("utf8").split(".");
  if (/^\d+$/.test(first) && given === filters) return Number(first);
  throw new Refusal(voice.invalid({ parameter: "page_token", message: "is not of this listing" }));
}

function linkTo({ path, query }: SandboxRequest, token: string): string {
  const link = new URLSearchParams(query);
  link.set("page_token", token);
  return `${CALENDLY_ORIGIN}${path}?${link}`;
}
