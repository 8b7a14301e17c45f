import { findMissingColumns } from "@/lib/db/schema-check";
import { workspaceExists } from "@/lib/db/workspaces";
import { createRuntime, type Runtime, readEnv } from "@/lib/runtime";
import { DatabaseNotReadyError, NoSuchThingError } from "./exit";

/**
 * The runtime of a command line: its log on stderr, its database reached, up to date, and knowing the workspace named.
 *
 * @throws DatabaseNotReadyError, NoSuchThingError, EnvError, or the driver's error when the database cannot be reached.
 */
export async function openRuntime(changes: Record<string, string>, clientId: string | null): Promise<Runtime> {
  const env = readEnv(changes);
  if (env.DATABASE_URL === undefined) {
    throw new DatabaseNotReadyError("DATABASE_URL is not set. It names the database to work on.");
  }
  const runtime = createRuntime(env, { logTo: "stderr" });
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
