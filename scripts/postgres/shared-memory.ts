import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { sleep } from "@/lib/core/time";

/**
 * Gives back the few bytes of System V shared memory by which a server guards its data folder. A server that ends,
 * however fast, does so itself; one that was killed cannot, and they would stay until the machine restarts.
 *
 * Does nothing where the memory is in use or not provably that server's, and nothing outside Linux, where it cannot be
 * proved. Call it once the server has ended and while its data folder is still there.
 */
export async function releaseSharedMemory(dataFolder: string): Promise<void> {
  const lockFile = await readFile(path.join(dataFolder, "postmaster.pid"), "utf8").catch(() => "");
  const [key, id] = lockFile.split("\n")[SHARED_MEMORY_LINE]?.trim().split(/\s+/) ?? [];
  if (key && id && (await untilAbandoned(key, id))) await promisify(execFile)("ipcrm", ["-m", id]);
}

/** Where `postmaster.pid` has the key and the id of the segment, counted from 0. */
const SHARED_MEMORY_LINE = 6;

/** A killed server's children end as soon as they notice, which takes them a few milliseconds. */
const CHILDREN_END_MAX_MS = 2000;
const LOOK_EVERY_MS = 20;

async function untilAbandoned(key: string, id: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < CHILDREN_END_MAX_MS; waitedMs += LOOK_EVERY_MS) {
    const attachedCount = await countAttached(key, id);
    if (attachedCount === null) return false;
    if (attachedCount === 0) return true;
    await sleep(LOOK_EVERY_MS);
  }
  return false;
}

/** How many processes use a segment; null if there is none. Ids are given again: the key has to be the same too. */
async function countAttached(key: string, id: string): Promise<number | null> {
  const segments = await readFile("/proc/sysvipc/shm", "utf8").catch(() => "");
  const rows = segments.split("\n").map((line) => line.trim().split(/\s+/));
  const segment = rows.find(([rowKey, rowId]) => rowKey === key && rowId === id);
  return segment ? Number(segment[ATTACHED_COLUMN]) : null;
}

/** Where `/proc/sysvipc/shm` has the number of attached processes, counted from 0. */
const ATTACHED_COLUMN = 6;
