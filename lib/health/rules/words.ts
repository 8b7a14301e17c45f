/**
 * A time as alerts name it, to the second: `2026-11-22T09:00:05Z`. With a blank instead of the letter it would look like
 * a phone number to what keeps those out.
 */
export function fullTime(at: Date): string {
  return `${at.toISOString().slice(0, "2026-11-22T09:00:05".length)}Z`;
}
