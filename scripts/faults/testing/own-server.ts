import { randomBytes } from "node:crypto";
import { startCluster } from "../../postgres/cluster";
import { createServerFolder } from "../../postgres/folder";
import { applyMigrations } from "../../postgres/migrations";
import { withPg } from "../../testing/pg";
import { urlOfDatabase } from "../../testing/test-server";

/** A PostgreSQL that a test may restart as often as it likes: nobody else is on it. */
export interface OwnServer {
  readonly database: { url: string; drop(): Promise<void> };
  /** `immediate` ends it as a crash would: what was not written to its log is lost, and it recovers when it starts. */
  restart(how: "fast" | "immediate"): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server of its own with a migrated database. */
export async function openOwnServer(): Promise<OwnServer> {
  const folder = await createServerFolder();
  // Whoever commits has to find it again after a crash of the server, as everywhere but in tests.
  const cluster = await startCluster(folder.path, { synchronous_commit: "on", max_connections: "100" });
  const url = urlOfDatabase(cluster.url, `faults_${randomBytes(4).toString("hex")}`);
  await withPg(cluster.url, (client) => client.query(`CREATE DATABASE ${new URL(url).pathname.slice(1)}`));
  await applyMigrations(url);
  return {
    // It goes with the server.
    database: { url, drop: async () => {} },
    restart: (how) => cluster.restart(how),
    stop: async () => {
      await cluster.stop();
      await folder.remove();
    },
  };
}
