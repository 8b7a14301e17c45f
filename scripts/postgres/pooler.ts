import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import path from "node:path";
import type { Readable, Writable } from "node:stream";
import { serverFoldersBase } from "./folder";
import { readAccount } from "./process-table";

/** A PgBouncer in transaction mode in front of a server: its databases are the server's, under the same names. */
export interface Pooler {
  /** Connects like the server's URL, through the pooler. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the installed `pgbouncer` before the server that `serverUrl` names. It ends with this process at the latest. */
export async function startPooler(serverUrl: string): Promise<Pooler> {
  const folder = await mkdtemp(path.join(serverFoldersBase(), "leadline-pooler-"));
  const port = await findFreePort();
  const file = path.join(folder, "pgbouncer.ini");
  const account = process.getuid?.() === 0 ? await readAccount("postgres") : null;
  if (account) await chmod(folder, 0o711);
  const contents = {
    [file]: configurationFor(new URL(serverUrl), port),
    [path.join(folder, USERS_FILE)]: usersFor(new URL(serverUrl)),
  };
  for (const [name, text] of Object.entries(contents)) {
    await writeFile(name, text, { mode: 0o600 });
    if (account) await chown(name, account.uid, account.gid);
  }
  const pooler = spawn("sh", ["-c", KEEPER, "sh", file], {
    ...account,
    cwd: folder,
    stdio: ["pipe", "ignore", "pipe"],
  });
  await untilUp(pooler);
  const url = new URL(serverUrl);
  url.port = String(port);
  return {
    url: url.toString(),
    stop: async () => {
      const ended = once(pooler, "exit");
      pooler.stdin.end();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs PgBouncer for as long as somebody holds standard input open, however that somebody ends. */
const KEEPER = 'PATH="$PATH:/usr/sbin"; pgbouncer "$1" >&2 & pid=$!; cat >/dev/null; kill -9 $pid';

/** Asks the server who may come in, and goes on to it as whoever came: what it refuses is refused here. */
function configurationFor({ hostname, port, username }: URL, listenPort: number): string {
  return `
[databases]
* = host=${hostname} port=${port} auth_user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${USERS_FILE}
auth_query = SELECT rolname, rolpassword FROM pg_authid WHERE rolname = $1
pool_mode = transaction
max_client_conn = 2000
default_pool_size = 20
server_idle_timeout = 10
server_login_retry = 0
query_wait_timeout = 15
server_check_delay = 0
ignore_startup_parameters = extra_float_digits
`;
}

/** In PgBouncer's own folder: the one user who may look the others up. */
const USERS_FILE = "users.txt";

function usersFor({ username, password }: URL): string {
  return `"${username}" "${decodeURIComponent(password)}"\n`;
}

/** Resolves when somebody can connect; throws with what PgBouncer said if it ends instead. */
async function untilUp(pooler: ChildProcessByStdio<Writable, null, Readable>): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    pooler.once("error", reject);
    pooler.once("exit", () => reject(new Error(`PgBouncer could not be started: ${said}`)));
    pooler.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      if (/process up/.test(said)) resolve();
      if (/not found|FATAL|ERROR/.test(said)) reject(new Error(`PgBouncer could not be started: ${said}`));
    });
  });
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
