/** The zone if there is one of that name, else UTC: a workspace's zone is free text, and a page has to be shown. */
export function zoneOr(name: string): string {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return "UTC";
  }
}
