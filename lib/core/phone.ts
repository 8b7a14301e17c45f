/** The most digits that E.164 allows, country code included. */
const DIGITS_MAX = 15;
/** Fewer digits are a short code or an extension: nobody who could be written to. */
const DIGITS_MIN = 7;

/**
 * A phone number as E.164 digits: the country code first, without plus and separators. Null where it is none.
 *
 * A number without an international prefix is taken to begin with its country code, because nothing says which else.
 */
export function toE164Digits(phone: string): string | null {
  const dialled = phone
    .trim()
    // An extension is dialled when somebody has answered; it is no part of the number.
    .replace(/\s*(?:;ext=|ext\.?|x|#)\s*\d+$/i, "")
    // The zero that is dialled within a country only.
    .replace(/^((?:\+|00)[\d\s]*)\(0\)/, "$1");
  if (!/^\+?[\d\s().\-/\u2010-\u2015]+$/.test(dialled)) return null;
  const digits = dialled.replaceAll(/\D/g, "").replace(/^00/, "");
  const isPossible = digits.length >= DIGITS_MIN && digits.length <= DIGITS_MAX && !digits.startsWith("0");
  return isPossible ? digits : null;
}
