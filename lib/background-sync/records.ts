/** What background sync knows of a workspace when it asks Kapso for it. Credentials go to providers and nowhere else. */
export interface SyncWorkspace {
  id: string;
  kapsoPhoneId: string;
  kapsoApiKey: string | null;
  metaAccessToken: string | null;
}

/** Where the comparison with Kapso stands in a workspace. */
export interface Progress {
  /** When this turn began, by the database's clock. */
  startedAt: Date;
  /** When the last comparison began that came to its end; null before the first. */
  verifiedAt: Date | null;
  /** When conversations were compared that an unfinished comparison got to, by their ids. */
  marks: ReadonlyMap<string, Date>;
}
