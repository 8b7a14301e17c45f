/** What comes along when numbers are copied from pages and documents. */
const INVISIBLE = /[\u200b-\u200f\u202a-\u202e\u2060\ufeff]/g;
/** An extension is dialled when somebody has answered; it is no part of the number. */
const EXTENSION = /\s*(?:;\s*ext=|,?\s*ext\.?|x|#)\s*\d+$/i;
/** Digits, and what people put between them. */
const NUMBER = /^[\d\s()+.\-/\u2010-\u2015]+$/;
const INTERNATIONAL = /^\(?\s*(?:\+|00)/;
/** `+44 (0)20 …`: the zero behind a country code is for those who call from within the country. */
const TRUNK_ZERO = /^(\(?\s*(?:\+|00)\s*\d{1,3}\)?[\s.-]*)\(0\)/;
/** As programs keep E.164. */
const BARE_DIGITS = /^\d{8,15}$/;
/** North America's numbers as they are dialled there: without country code, they are other numbers in Europe and Asia. */
const NORTH_AMERICAN = /^[2-9]\d\d[2-9]\d{6}$/;
/** Dialled there in full, `1 (555) 010-0001`. */
const NORTH_AMERICAN_IN_FULL = /^1[\s.-]+\(?\d{3}\)?[\s.-]*\d{3}[\s.-]?\d{4}$/;
/** E.164: at most 15 digits, and no country code begins with a zero. Under 7 it is a short code. */
const E164_DIGITS = /^[1-9]\d{6,14}$/;

/**
 * The E.164 digits of a phone number, country code first, without the plus. Null where it is none, and where nothing
 * tells the country: a message to a stranger is worse than none.
 */
export function toE164Digits(phone: string): string | null {
  const number = phone.replaceAll(INVISIBLE, "").trim().replace(/^tel:/i, "").replace(EXTENSION, "");
  if (!NUMBER.test(number) || !saysCountry(number)) return null;
  const digits = number.replace(TRUNK_ZERO, "$1").replaceAll(/\D/g, "").replace(/^00/, "");
  return E164_DIGITS.test(digits) ? digits : null;
}

function saysCountry(number: string): boolean {
  if (INTERNATIONAL.test(number) || NORTH_AMERICAN_IN_FULL.test(number)) return true;
  return BARE_DIGITS.test(number) && !NORTH_AMERICAN.test(number);
}
