import { statSync } from "node:fs";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** By this name a later start recognises what an earlier one left behind. */
export const FOLDER_PREFIX = "leadline-postgres-";

/**
 * The supervisor listens on this socket for as long as it lives. Its process id in a file would prove less: ids are
 * given again after a restart, and mean something else in another container that shares the folder.
 */
export const ALIVE_SOCKET = "alive";

/** The path of a Unix socket may have 103 bytes on macOS; this leaves room for our folder's name and the socket's. */
const BASE_LENGTH_MAX = 70;

export interface ServerFolder {
  readonly path: string;
  /** Deletes the folder with all that is in it. */
  remove(): Promise<void>;
}

/** A fresh folder for one server, marked as in use until this process ends. */
export async function createServerFolder(): Promise<ServerFolder> {
  const folder = await mkdtemp(path.join(serverFoldersBase(), FOLDER_PREFIX));
  // As root the server runs under another account, which has to get to its data below this folder.
  await chmod(folder, 0o711);
  const alive = createServer((connection) => connection.destroy()).listen(path.join(folder, ALIVE_SOCKET));
  await new Promise((resolve, reject) => alive.once("listening", resolve).once("error", reject));
  return {
    path: folder,
    remove: async () => {
      alive.close();
      await removeFolder(folder);
    },
  };
}

/** Deletes a folder in which another process may still be writing its last files. */
export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Where server folders are made: the system's folder for temporary files, or `/tmp` where that one will not do. */
export function serverFoldersBase(): string {
  const base = tmpdir();
  return base.length <= BASE_LENGTH_MAX && isReachableByOthers(base) ? base : "/tmp";
}

/** Whether accounts other than the owner can get to a path: every folder on the way has to let them through. */
export function isReachableByOthers(target: string): boolean {
  const letsThrough = (statSync(target).mode & 0o001) !== 0;
  const parent = path.dirname(target);
  return letsThrough && (parent === target || isReachableByOthers(parent));
}
