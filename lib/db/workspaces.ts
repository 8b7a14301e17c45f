import type { Db } from "./client";

/** Whether a workspace of this id exists. */
export async function workspaceExists(db: Db, clientId: string): Promise<boolean> {
  return (await db.client.count({ where: { id: clientId } })) > 0;
}

/** Whether the database has every one of these workspaces. */
export async function knowsWorkspaces(db: Db, clientIds: readonly string[]): Promise<boolean> {
  const distinct = [...new Set(clientIds)];
  return (await db.client.count({ where: { id: { in: distinct } } })) === distinct.length;
}
