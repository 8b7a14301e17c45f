const REDACTED = "[redacted]";

/** What gives a secret or a person away by its looks, and what is left of it. Their order matters: URLs come first. */
const LOOKS: readonly (readonly [RegExp, string])[] = [
  // The password of a URL, up to the last @ of the word: people forget to encode theirs.
  [/(\w+:\/\/[^\s:/@"'<>]*:)[^\s"'<>]*@/g, `$1${REDACTED}@`],
  // An e-mail address, also as it stands in a query string.
  [/[^\s@"'()<>/?&=:;,]+(?:@|%40)[^\s@"'()<>/?&=:;,]+\.[^\s@"'()<>/?&=:;,]+/gi, REDACTED],
  [/\b(Bearer|Basic)[\s:]+[\w.~+/=-]{6,}/gi, `$1 ${REDACTED}`],
  [/\bpit-[\w-]{6,}/gi, REDACTED],
  // A JSON web token, which is what Calendly's tokens are.
  [/\beyJ[\w-]{8,}(?:\.[\w-]+)*/g, REDACTED],
  // A phone number: 9 to 15 digits however they are grouped, but no part of an id such as a UUID.
  [/(?<![\w-])\+?\d(?:[\s().-]{0,3}\d){8,14}(?![\w-])/g, REDACTED],
  // What PostgreSQL takes in no text: a row with an error of this kind could not be written at all.
  [/[\0\p{Surrogate}]/gu, "\ufffd"],
];

/**
 * The text with everything replaced that looks like an e-mail address, a token, a password in a URL or a phone number,
 * and fit to be stored in any text or JSON column.
 */
export function scrub(text: string): string {
  return LOOKS.reduce((scrubbed, [looks, rest]) => scrubbed.replaceAll(looks, rest), text);
}

/** Names under which a person or a secret could slip into a log line, whatever they begin with. */
const SENSITIVE_NAME = /(?:e-?mail|phone|token|authorization|cookie|password|secret|api[-_]?key|private[-_]?key)s?$/i;

/** A JSON value without anything sensitive in it, by name or by looks, at whatever depth. Other values stay. */
export function scrubDeep(value: unknown): unknown {
  if (typeof value === "string") return scrub(value);
  if (Array.isArray(value)) return value.map(scrubDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, scrubNamed(name, inner)]));
}

/** A flag or the absence of a value gives nothing away. */
function scrubNamed(name: string, value: unknown): unknown {
  const isHarmless = value === null || typeof value === "boolean";
  return SENSITIVE_NAME.test(name) && !isHarmless ? REDACTED : scrubDeep(value);
}
