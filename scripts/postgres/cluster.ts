import { type ChildProcess, execFile, type StdioOptions, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { ServerSettings } from "./announcement";
import { type PostgresBinaries, prepareBinaries } from "./binaries";
import { readAccount } from "./process-table";

/** The data folder's name inside the server's folder. */
export const DATA_FOLDER = "data";

export interface Cluster {
  /** Connects as the superuser. */
  readonly url: string;
  /** Resolves when the server has ended, asked or not; a restart is an end as well. */
  readonly ended: Promise<void>;
  /** Ends the server, politely or as a crash would, and starts it again on the same port and data. */
  restart(how: "fast" | "immediate"): Promise<void>;
  /** Disconnects everybody and ends the server, within seconds. */
  stop(): Promise<void>;
}

/** Makes a database cluster inside `folder` and starts a server on it. */
export async function startCluster(folder: string, settings: ServerSettings): Promise<Cluster> {
  const account = process.getuid?.() === 0 ? await unprivilegedAccount() : null;
  const binaries = await prepareBinaries(folder, account ? "other account" : "caller");
  const run: Run = { binaries, account, dataFolder: path.join(folder, DATA_FOLDER) };
  const password = randomBytes(16).toString("hex");
  await initialise(run, password);
  const wanted = { ...DEFAULT_SETTINGS, ...settings };
  const { port, server } = await startOnFreePort(run, wanted);
  let running = server;
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    ended: endOf(server),
    restart: async (how) => {
      await stop(running, how === "fast" ? "SIGINT" : "SIGQUIT");
      running = spawnServer(run, { ...wanted, port: String(port) });
      const start = await awaitStart(running);
      if (!start.ready) throw new Error(start.log);
    },
    stop: () => stop(running, "SIGINT"),
  };
}

interface Run {
  binaries: PostgresBinaries;
  /** Who the server runs as; null for whoever we are. */
  account: { uid: number; gid: number } | null;
  dataFolder: string;
}

const DEFAULT_SETTINGS: ServerSettings = {
  // The data dies with the server, so nothing is gained by waiting for disks.
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  // Nothing outside the folder: no socket beside it, no dynamic shared memory that a killed server would leave.
  unix_socket_directories: "",
  dynamic_shared_memory_type: "mmap",
  listen_addresses: "127.0.0.1",
};

/** PostgreSQL refuses to run as root. The account of an installed PostgreSQL will do, else the one for nobody. */
async function unprivilegedAccount(): Promise<{ uid: number; gid: number }> {
  const account = (await readAccount("postgres")) ?? (await readAccount("nobody"));
  if (!account) throw new Error("PostgreSQL refuses to run as root, and there is no account `postgres` or `nobody`");
  return account;
}

async function initialise(run: Run, password: string): Promise<void> {
  const passwordFile = `${run.dataFolder}-password`;
  await mkdir(run.dataFolder, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (run.account) {
    await chown(run.dataFolder, run.account.uid, run.account.gid);
    await chown(passwordFile, run.account.uid, run.account.gid);
  }
  // A linguistic order, as hosted databases have: a query that needs byte order and does not say so shows here too.
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en-US"];
  const access = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const args = [`--pgdata=${run.dataFolder}`, ...access, ...locale, "--no-sync", "--no-instructions"];
  await promisify(execFile)(run.binaries.initdb, args, spawnOptions(run));
  await rm(passwordFile);
}

/** Between finding a port free and the server's taking it somebody else may take it: then another one. */
const PORT_TRIES_MAX = 5;

async function startOnFreePort(run: Run, settings: ServerSettings): Promise<{ port: number; server: ChildProcess }> {
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const server = spawnServer(run, { ...settings, port: String(port) });
    const start = await awaitStart(server);
    if (start.ready) return { port, server };
    if (attempt === PORT_TRIES_MAX || !start.log.includes("could not bind")) throw new Error(start.log);
  }
}

function spawnServer(run: Run, settings: ServerSettings): ChildProcess {
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const stdio: StdioOptions = ["ignore", "ignore", "pipe"];
  return spawn(run.binaries.postgres, ["-D", run.dataFolder, ...flags], { ...spawnOptions(run), stdio });
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

/** Reads the server's log until it is ready or has ended, and goes on reading: a full pipe would stop the server. */
async function awaitStart(server: ChildProcess): Promise<{ ready: boolean; log: string }> {
  let log = "";
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", () => resolve({ ready: false, log }));
    server.stderr?.setEncoding("utf8").on("data", (text: string) => {
      if (log.includes(READY)) return;
      log += text;
      if (log.includes(READY)) resolve({ ready: true, log });
    });
  });
}

const READY = "database system is ready to accept connections";

/** The caller's PG* variables and locale are kept from the server, which would obey them. */
function spawnOptions(run: Run) {
  const { NODE_ENV, PATH = "" } = process.env;
  const env = { NODE_ENV, PATH, LC_ALL: "C", ...run.binaries.env };
  return { env, cwd: path.dirname(run.dataFolder), ...(run.account ?? {}) };
}

/** How long a fast shutdown may take: it writes a checkpoint, without fsync a matter of a second or so. */
const FAST_STOP_MAX_MS = 10_000;

async function stop(server: ChildProcess, signal: "SIGINT" | "SIGQUIT"): Promise<void> {
  const ended = endOf(server);
  server.kill(signal);
  const impatience = setTimeout(() => server.kill("SIGQUIT"), FAST_STOP_MAX_MS);
  await ended;
  clearTimeout(impatience);
}

async function endOf(server: ChildProcess): Promise<void> {
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
}
