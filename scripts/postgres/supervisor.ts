/**
 * The process that owns an embedded server. It runs for as long as somebody holds its stdin open: the end of that
 * stream is the one thing that a user cannot fail to send, whatever ended it. See `startEmbeddedPostgres`.
 */
import { once } from "node:events";
import path from "node:path";
import { describeError } from "@/lib/core/errors";
import { type Announcement, serverSettingsSchema } from "./announcement";
import { type Cluster, DATA_FOLDER, startCluster } from "./cluster";
import { createServerFolder, type ServerFolder } from "./folder";
import { releaseSharedMemory } from "./shared-memory";
import { sweepStaleFolders } from "./sweep";

/** Polite ways to ask a process to end; they are to end the server too. */
const ENDING_SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

const farewell = hearFarewell();
const folder = await createServerFolder();
try {
  await serve(folder);
} catch (error) {
  announce({ error: describeError(error) });
} finally {
  await releaseSharedMemory(path.join(folder.path, DATA_FOLDER));
  await folder.remove();
}
process.exit();

async function serve(folder: ServerFolder): Promise<void> {
  const settings = serverSettingsSchema.parse(JSON.parse(process.argv[2] ?? "{}"));
  const [cluster] = await Promise.all([startCluster(folder.path, settings), sweepStaleFolders()]);
  announce({ url: cluster.url });
  await untilNotNeeded(cluster);
  await cluster.stop();
}

async function untilNotNeeded(cluster: Cluster): Promise<void> {
  await Promise.race([farewell, cluster.ended]);
}

async function hearFarewell(): Promise<void> {
  // However the stream breaks, it closes.
  process.stdin.on("error", () => undefined).resume();
  const streamEnded = new Promise((resolve) => process.stdin.once("close", resolve));
  await Promise.race([streamEnded, ...ENDING_SIGNALS.map((signal) => once(process, signal))]);
}

function announce(announcement: Announcement): void {
  // Whoever started us may be gone already.
  process.stdout.on("error", () => undefined);
  process.stdout.write(`${JSON.stringify(announcement)}\n`);
}
