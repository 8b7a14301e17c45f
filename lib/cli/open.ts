import { findMissingColumns } from "@/lib/db/schema-check";
import { workspaceExists } from "@/lib/db/workspaces";
import type { Env } from "@/lib/env";
import { createRuntime, type Runtime, readEnv } from "@/lib/runtime";
import { type Connection, type ConnectionDemands, openConnection } from "./connection";
import { DatabaseNotReadyError, NoSuchThingError } from "./exit";

/**
 * The runtime of a command line: its log on stderr, its database reached, up to date, and knowing the workspace named.
 *
 * @throws DatabaseNotReadyError, NoSuchThingError, EnvError, UsageError where a connection is demanded that the
 * environment does not name, or the driver's error when the database cannot be reached.
 */
export function openRuntime(
  changes: Record<string, string>,
  clientId: string | null,
  demands: ConnectionDemands | null,
): Promise<Runtime> {
  const env = readEnv(changes);
  return openConnection(env, demands, (connection) => openOver(connection, env, clientId));
}

async function openOver({ url, ...limits }: Connection, env: Env, clientId: string | null): Promise<Runtime> {
  const runtime = createRuntime({ ...env, DATABASE_URL: url }, { logTo: "stderr", ...limits });
  try {
    const missing = await findMissingColumns(runtime.db);
    if (missing.length > 0) {
      const some = missing.slice(0, 5).join(", ");
      throw new DatabaseNotReadyError(`The database lacks ${some}, …: run \`npm run db:deploy\` against it first.`);
    }
    if (clientId !== null && !(await workspaceExists(runtime.db, clientId))) {
      throw new NoSuchThingError(`There is no workspace ${JSON.stringify(clientId)}.`);
    }
    return runtime;
  } catch (error) {
    await runtime.db.$disconnect();
    throw error;
  }
}
