/** A lead with one of these statuses was put there by a person, and no machine moves it or writes to it. */
export const PEOPLE_OWNED_STATUSES: readonly string[] = [
  "blacklisted",
  "unqualified",
  "not-interested",
  "archived",
  "converted",
];
