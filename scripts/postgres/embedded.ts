import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type Announcement, announcementSchema, type ServerSettings } from "./announcement";

/** A PostgreSQL to create databases on, and how to be done with it. */
export interface DatabaseServer {
  /** Connects as a user who may create databases. */
  readonly url: string;
  /** Ends the server if it was started for the caller. Calling it again does no harm. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Server settings by name, as `postgres -c name=value` takes them. They win over the defaults. */
  settings?: ServerSettings;
}

/**
 * Starts a real PostgreSQL of its own: on a free port of 127.0.0.1, with a random password and an empty data folder.
 *
 * The data does not outlive the server. It is stopped and its folder deleted by `stop`, or as soon as this process
 * has ended, however it ended: a supervisor process owns the server and watches for that. An idle server keeps no
 * process alive. Throws when the server cannot be started, with the server's own words.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions = {}): Promise<DatabaseServer> {
  const supervisor = spawnSupervisor(options.settings ?? {});
  const ended = once(supervisor, "exit");
  const announcement = await readAnnouncement(supervisor);
  if ("error" in announcement) throw new Error(`PostgreSQL could not be started: ${announcement.error}`);
  letProcessEndWithout(supervisor);
  return {
    url: announcement.url,
    stop: async () => {
      supervisor.ref();
      supervisor.stdin.end();
      await ended;
    },
  };
}

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));
const SUPERVISOR_FILE = fileURLToPath(new URL("./supervisor.ts", import.meta.url));

/**
 * Detached, because Ctrl-C on a terminal reaches every process of the group at once: the server has to outlive its
 * user by the moment that cleaning up takes.
 */
function spawnSupervisor(settings: ServerSettings): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, ["--import", "tsx", SUPERVISOR_FILE, JSON.stringify(settings)], {
    cwd: PROJECT_FOLDER,
    detached: true,
    stdio: "pipe",
  });
}

/** The supervisor's one line; if it ends without one, what it said on stderr is the error. */
async function readAnnouncement(supervisor: ChildProcessWithoutNullStreams): Promise<Announcement> {
  let complaint = "";
  supervisor.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  let line = "";
  for await (const text of supervisor.stdout.setEncoding("utf8")) {
    line += text;
    if (line.includes("\n")) return announcementSchema.parse(JSON.parse(line));
  }
  return { error: complaint.trim() || "its supervisor ended without a word" };
}

function letProcessEndWithout(supervisor: ChildProcessWithoutNullStreams): void {
  supervisor.stdout.destroy();
  supervisor.stderr.destroy();
  supervisor.unref();
  if (supervisor.stdin instanceof Socket) supervisor.stdin.unref();
  // The supervisor may be gone before us: then there is nobody left to tell.
  supervisor.stdin.on("error", () => undefined);
}
