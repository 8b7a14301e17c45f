import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { sleep } from "@/lib/core/time";
import type { Teardown } from "./command";
import type { KeeperOrder } from "./next-order";

export interface NextServerOptions {
  /** `free`: any free port, and a build folder that is gone with the server. */
  port: number | "free";
  /** `production` serves what it builds first, `built` what `npm run build` has left. */
  mode?: KeeperOrder["mode"];
  /** The environment that the server has, all of it. */
  env: Record<string, string>;
  /** Whether the server that answers at this URL is the one that was started, and ready. */
  isReady(url: string): Promise<boolean>;
  /** What Next says while it runs, for who wants to show it. */
  onOutput?(text: string): void;
}

/**
 * Starts `next dev`, or builds and starts `next start`, on 127.0.0.1 and waits until it is ready. Returns its base URL.
 *
 * It ends at teardown, or as soon as this process has ended, however it ended. Throws when the server ends before it is
 * ready, with what it said.
 */
export async function startNextServer(options: NextServerOptions, teardown: Teardown): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const port = options.port === "free" ? await findFreePort() : options.port;
    const { mode = "development" } = options;
    const keeper = spawnKeeper({ ...orderFor(options.port, port, mode), mode }, options.env);
    teardown.add(() => dismiss(keeper));
    const url = `http://127.0.0.1:${port}`;
    const ended = endOf(keeper, options.onOutput);
    const start = await Promise.race([untilReady(url, options.isReady, ended), ended]);
    if (start.ready) return url;
    const mayTryAnother = options.port === "free" && attempt < PORT_TRIES_MAX && start.said.includes("EADDRINUSE");
    if (!mayTryAnother) throw new Error(`Next could not be started: ${start.said.trim() || "it ended without a word"}`);
  }
}

/** Between finding a port free and the server's taking it somebody else may take it: then another one. */
const PORT_TRIES_MAX = 3;

/** Hidden, so that neither TypeScript nor Next takes what is built there for sources. */
const BUILDS_FOLDER = ".leadline";

/** One folder per server: two servers in one would lock each other out. */
function orderFor(wanted: number | "free", port: number, mode: KeeperOrder["mode"]): Omit<KeeperOrder, "mode"> {
  if (mode === "built") return { port, folder: ".next", keepsFolder: true };
  return wanted === "free"
    ? { port, folder: `${BUILDS_FOLDER}/next-${randomBytes(4).toString("hex")}`, keepsFolder: false }
    : { port, folder: `${BUILDS_FOLDER}/next-on-${port}`, keepsFolder: true };
}

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
const KEEPER_FILE = fileURLToPath(new URL("./next-keeper.ts", import.meta.url));

type Keeper = ChildProcessByStdio<Writable, Readable, Readable>;

/** Detached, because Ctrl-C on a terminal reaches every process of the group: the keeper has to see the others end. */
function spawnKeeper(order: KeeperOrder, env: Record<string, string>): Keeper {
  return spawn(process.execPath, ["--import", "tsx", KEEPER_FILE, JSON.stringify(order)], {
    cwd: PROJECT_FOLDER,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { NODE_ENV: order.mode === "development" ? "development" : "production", ...env },
  });
}

async function dismiss(keeper: Keeper): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  const ended = once(keeper, "exit");
  keeper.stdin.end();
  await ended;
}

/** Enough to say why a server did not start; what came before that is of no interest. */
const OUTPUT_CHARS_MAX = 4_000;

/** Resolves, with its last words, when the server has ended. */
async function endOf(keeper: Keeper, onOutput?: (text: string) => void): Promise<{ ready: false; said: string }> {
  let said = "";
  const hear = (text: string) => {
    said = (said + text).slice(-OUTPUT_CHARS_MAX);
    onOutput?.(text);
  };
  keeper.stdout.setEncoding("utf8").on("data", hear);
  keeper.stderr.setEncoding("utf8").on("data", hear);
  // It may be gone already when it is told to end.
  keeper.stdin.on("error", () => undefined);
  await once(keeper, "close");
  return { ready: false, said };
}

/** How often a starting server is asked: seldom enough to leave it the processor, often enough to lose no second. */
const READY_EVERY_MS = 200;

async function untilReady(
  url: string,
  isReady: (url: string) => Promise<boolean>,
  ended: Promise<unknown>,
): Promise<{ ready: true }> {
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over && !(await isReady(url).catch(() => false))) await sleep(READY_EVERY_MS);
  return { ready: true };
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no free port on 127.0.0.1");
  return address.port;
}
