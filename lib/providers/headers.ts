import { SECOND_MS } from "@/lib/core/time";
import type { ReplyHeaders } from "./exchange";

/** What a header's value may consist of once the blanks around it are gone (RFC 9110, field-value). */
const SENDABLE_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Whether all of these headers can be sent. Asked beforehand, because the error that Node throws for one that cannot
 * quotes its value, and the value may be a token.
 */
export function areSendable(headers: Record<string, string>): boolean {
  return Object.values(headers).every((value) => SENDABLE_VALUE.test(value.trim()));
}

/** The number that a header holds; null where it is missing or holds anything else. */
export function readHeaderNumber(headers: ReplyHeaders, name: string): number | null {
  const text = headers.get(name)?.trim();
  if (!text) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** How long `Retry-After` asks to wait, whether it says so in seconds or as a date; null where it does not. */
export function readRetryAfterMs(headers: ReplyHeaders): number | null {
  const seconds = readHeaderNumber(headers, "retry-after");
  if (seconds !== null) return seconds >= 0 ? seconds * SECOND_MS : null;
  const until = Date.parse(headers.get("retry-after") ?? "");
  return Number.isNaN(until) ? null : Math.max(0, until - Date.now());
}
