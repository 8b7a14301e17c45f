import { randomBytes } from "node:crypto";
import { createDb, type Db } from "@/lib/db/client";
import { parseEnv } from "@/lib/env";
import { type Sandbox, startSandbox } from "../sandbox/sandbox";
import type { Teardown } from "./command";
import { type App, isCronReady } from "./cron-call";
import { type CronEntry, readCrons } from "./crons";
import { createOwnDatabase } from "./database";
import { startNextServer } from "./next-server";

/** The whole system on this machine: a database, the providers' stand-ins, the app between them. */
export interface Environment {
  app: App;
  crons: CronEntry[];
  sandbox: Sandbox;
  db: Db;
  database: { url: string; name: string };
}

export interface EnvironmentOptions {
  port: number | "free";
  /**
   * `defaults`: every variable has its default, whatever the caller's environment and `.env` files say, so that a run
   * means the same everywhere. `callers`: what they say counts, but for the database and the providers.
   */
  variables: "defaults" | "callers";
  onOutput?(text: string): void;
}

/** Database and sandbox, at once. The app comes with `startApp`: meanwhile there is time to fill the two. */
export async function startSurroundings(teardown: Teardown): Promise<Pick<Environment, "sandbox" | "db" | "database">> {
  const [database, sandbox] = await Promise.all([createOwnDatabase(teardown), startSandbox()]);
  teardown.add(() => sandbox.stop());
  const db = createDb(database.url);
  teardown.add(() => db.$disconnect());
  return { database, sandbox, db };
}

/** Starts the app and waits until every cron of vercel.json is compiled and answers. */
export async function startApp(
  surroundings: Pick<Environment, "sandbox" | "database">,
  options: EnvironmentOptions,
  teardown: Teardown,
): Promise<Pick<Environment, "app" | "crons">> {
  const crons = readCrons();
  const env = variablesFor(surroundings, crons, options.variables);
  const secret = env["CRON_SECRET"] ?? "";
  const isReady = async (url: string) => {
    for (const cron of crons) if (!(await isCronReady({ url, secret }, cron.path))) return false;
    return true;
  };
  const { port, onOutput } = options;
  const url = await startNextServer({ port, env, isReady, ...(onOutput && { onOutput }) }, teardown);
  return { app: { url, secret }, crons };
}

/** Where the sandbox's providers are, as the environment names them. */
export function addressesOf({ urls }: Pick<Environment["sandbox"], "urls">): Record<string, string> {
  return Object.fromEntries(Object.entries(urls).map(([name, url]) => [`${name.toUpperCase()}_API_BASE_URL`, url]));
}

function variablesFor(
  { sandbox, database }: Pick<Environment, "sandbox" | "database">,
  crons: readonly CronEntry[],
  variables: EnvironmentOptions["variables"],
): Record<string, string> {
  return {
    ...(variables === "callers" ? { LOG_LEVEL: USUAL_LOG_LEVEL, ...definedOf(process.env) } : defaultVariables(crons)),
    CRON_SECRET: (variables === "callers" && process.env["CRON_SECRET"]?.trim()) || randomBytes(16).toString("hex"),
    NEXT_TELEMETRY_DISABLED: "1",
    DATABASE_URL: database.url,
    DIRECT_URL: "",
    ...addressesOf(sandbox),
    // The sandbox's organizations are on a plan with 500 requests a minute; the default is for one with 50.
    CALENDLY_REQUESTS_PER_MINUTE: "450",
  };
}

/** Who watches has a line for every tick, and needs no second one. */
const USUAL_LOG_LEVEL = "warn";

/** What the system's own programs need, and every variable of ours pinned: `.env` files only fill what is not set. */
function defaultVariables(crons: readonly CronEntry[]): Record<string, string> {
  const { heartbeatUrls: _, ...defaults } = parseEnv({});
  const pinned = Object.entries(defaults).map(([name, value]) => [name, String(value)]);
  const heartbeats = crons.map(({ job }) => [`HEARTBEAT_URL_${job.toUpperCase().replaceAll("-", "_")}`, ""]);
  return {
    ...definedOf(Object.fromEntries(SYSTEM_VARIABLES.map((name) => [name, process.env[name]]))),
    ...Object.fromEntries([...pinned, ...heartbeats]),
    CONSOLE_PASSWORD: "",
    ALERT_WEBHOOK_URL: "",
  };
}

const SYSTEM_VARIABLES = ["PATH", "HOME", "TMPDIR", "LANG", "TZ", "NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "CI"];

function definedOf(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
