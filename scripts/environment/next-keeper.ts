/**
 * The process that owns a Next server. It runs for as long as somebody holds its stdin open: the end of that
 * stream is the one thing that a user cannot fail to send, whatever ended it. See `startNextServer`.
 *
 * Next is several processes. They have a group of their own, which is killed: nothing hangs on their watching each other.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { keeperOrderSchema } from "./next-order";

const { port, mode, folder, keepsFolder } = keeperOrderSchema.parse(JSON.parse(process.argv[2] ?? ""));
const farewell = hearFarewell();
const serving = ["--hostname", "127.0.0.1", "--port", String(port)];
const steps = {
  development: [["dev", ...serving]],
  production: [["build"], ["start", ...serving]],
  built: [["start", ...serving]],
}[mode];
let exitCode: number | null = null;
for (const step of steps) {
  const next = spawn(process.execPath, [nextCommand(), ...step], {
    detached: true,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, LEADLINE_NEXT_FOLDER: folder },
  });
  const ended = once(next, "exit");
  await Promise.race([farewell, ended]);
  killGroup(next.pid);
  await ended;
  exitCode = next.exitCode;
  if (exitCode !== 0) break;
}
// Killed processes of the group may still be writing for a moment.
if (!keepsFolder) await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
process.exit(exitCode ?? 0);

function nextCommand(): string {
  return createRequire(import.meta.url).resolve("next/dist/bin/next");
}

async function hearFarewell(): Promise<void> {
  const signals = (["SIGTERM", "SIGINT", "SIGHUP"] as const).map((signal) => once(process, signal));
  await Promise.race([once(process.stdin.resume(), "close"), ...signals]);
}

function killGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // All of it has ended already.
  }
}
