import { type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded";

/** A PostgreSQL to create databases on, and how to be done with it. */
export interface DatabaseServer {
  /** Connects as a user who may create databases. */
  readonly url: string;
  /** Ends the server if it was started for the caller. Calling it again does no harm. */
  stop(): Promise<void>;
}

/**
 * The server that `DATABASE_URL` names, which `stop` leaves alone; without one (or with an empty one) an embedded
 * server. The options are the embedded server's: somebody else's is taken as it is.
 */
export async function acquireDatabaseServer(options: EmbeddedPostgresOptions = {}): Promise<DatabaseServer> {
  const url = process.env["DATABASE_URL"]?.trim();
  return url ? { url, stop: async () => undefined } : startEmbeddedPostgres(options);
}
