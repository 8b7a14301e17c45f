import { readdir, readFile, stat } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { MINUTE_MS, sleep } from "@/lib/core/time";
import { DATA_FOLDER } from "./cluster";
import { ALIVE_SOCKET, FOLDER_PREFIX, removeFolder, serverFoldersBase } from "./folder";
import { readCommandLine } from "./process-table";
import { releaseSharedMemory } from "./shared-memory";

/**
 * Ends servers whose supervisor was killed, and deletes their folders. What belongs to another account, or to a
 * supervisor that lives, is left alone. It never fails: what cannot be swept now is there for the next start.
 */
export async function sweepStaleFolders(): Promise<void> {
  const base = serverFoldersBase();
  const names = (await readdir(base).catch(() => [])).filter((name) => name.startsWith(FOLDER_PREFIX));
  await Promise.allSettled(names.map((name) => sweepFolder(path.join(base, name))));
}

async function sweepFolder(folder: string): Promise<void> {
  const { uid, mtimeMs } = await stat(folder);
  if (uid !== process.getuid?.()) return;
  switch (await askWhoLives(folder)) {
    case "supervised":
      return;
    case "unmarked":
      if (Date.now() - mtimeMs < UNMARKED_AGE_MAX_MS) return;
      break;
    case "abandoned":
      break;
  }
  const dataFolder = path.join(folder, DATA_FOLDER);
  await stopOrphan(dataFolder);
  await releaseSharedMemory(dataFolder);
  await removeFolder(folder);
}

/** A folder is marked within milliseconds of its making: one without a mark is stale once it is clearly older. */
const UNMARKED_AGE_MAX_MS = MINUTE_MS;

/** `supervised` is also the answer where it cannot be told: leaving a folder is the lesser harm. */
async function askWhoLives(folder: string): Promise<"supervised" | "abandoned" | "unmarked"> {
  return new Promise((resolve) => {
    const socket = connect(path.join(folder, ALIVE_SOCKET));
    socket.once("connect", () => {
      socket.destroy();
      resolve("supervised");
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") resolve("abandoned");
      else if (error.code === "ENOENT") resolve("unmarked");
      else resolve("supervised");
    });
  });
}

/** How long a server may take to end at once before it is killed, and how often to look. */
const ORPHAN_END_MAX_MS = 5000;
const ORPHAN_LOOK_EVERY_MS = 20;

async function stopOrphan(dataFolder: string): Promise<void> {
  const pid = await findPostmaster(dataFolder);
  if (pid === null) return;
  // Immediate shutdown: it skips the checkpoint, but takes its shared memory with it, unlike a killed server.
  process.kill(pid, "SIGQUIT");
  for (let waitedMs = 0; waitedMs < ORPHAN_END_MAX_MS; waitedMs += ORPHAN_LOOK_EVERY_MS) {
    if ((await findPostmaster(dataFolder)) === null) return;
    await sleep(ORPHAN_LOOK_EVERY_MS);
  }
  process.kill(pid, "SIGKILL");
}

/** The server that runs on a data folder. The id in its file alone could be anybody's by now. */
async function findPostmaster(dataFolder: string): Promise<number | null> {
  const lines = await readFile(path.join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const pid = Number.parseInt(lines, 10);
  if (!Number.isSafeInteger(pid) || pid <= 1) return null;
  return (await readCommandLine(pid)).includes(dataFolder) ? pid : null;
}
