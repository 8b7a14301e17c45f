import { type DatabaseServer, type EmbeddedPostgresOptions, startEmbeddedPostgres } from "./embedded";

/**
 * The server that `DATABASE_URL` names, which `stop` leaves alone; without one (or with an empty one) an embedded
 * server. The options are the embedded server's: somebody else's is taken as it is.
 */
export async function acquireDatabaseServer(options: EmbeddedPostgresOptions = {}): Promise<DatabaseServer> {
  const url = process.env["DATABASE_URL"]?.trim();
  return url ? { url, stop: async () => undefined } : startEmbeddedPostgres(options);
}
