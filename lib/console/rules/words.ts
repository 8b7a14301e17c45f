/** Field names and stored words as people read them: `bookedFound` → "booked found", `no_show` → "no show". */
export function toWords(name: string): string {
  return name
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll(/[_.]+/g, " ")
    .toLowerCase()
    .trim();
}

const PROVIDERS: Readonly<Record<string, string>> = { GHL: "HighLevel", CALENDLY: "Calendly", KAPSO: "Kapso" };

/** What people call a provider. */
export function providerName(provider: string): string {
  return PROVIDERS[provider] ?? provider;
}

/** The text with its first letter as a heading has it. */
export function capitalize(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A length of time in the unit that suits it. */
export function describeMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(ms < 600_000 ? 1 : 0)} min`;
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`;
  return `${(ms / 86_400_000).toFixed(1)} d`;
}
