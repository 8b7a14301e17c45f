/** A time as alerts name it: `2026-11-22 09:00:05 UTC`. */
export function fullTime(at: Date): string {
  return `${at.toISOString().slice(0, "2026-11-22T09:00:05".length).replace("T", " ")} UTC`;
}
