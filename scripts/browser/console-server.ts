import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Teardown } from "../environment/command";
import { addressesOf, type Environment } from "../environment/environment";
import { startNextServer } from "../environment/next-server";
import { isTestFile } from "../structure/source-files";

const PROJECT_FOLDER = fileURLToPath(new URL("../..", import.meta.url));

/** A console as it is deployed, and what lets one in. */
export interface ConsoleServer {
  readonly url: string;
  readonly password: string;
  readonly cronSecret: string;
  /** What the server has said so far. */
  output(): string;
}

const PASSWORD = "a-console-password-for-samples";
const CRON_SECRET = "a-cron-secret-for-samples";
/** More than any page or cron in front of a sandbox needs. */
export const GHL_REQUESTS_PER_10S = 2_000;

/** Serves the app as in production, built first where it has to be, in front of this database and this sandbox. */
export async function startConsole(
  { sandbox, databaseUrl }: Pick<Environment, "sandbox"> & { databaseUrl: string },
  teardown: Teardown,
): Promise<ConsoleServer> {
  let output = "";
  const url = await startNextServer(
    {
      port: "free",
      mode: isBuildFresh() ? "built" : "production",
      env: {
        ...systemVariables(),
        ...addressesOf(sandbox),
        ...{ DATABASE_URL: databaseUrl, CONSOLE_PASSWORD: PASSWORD, CRON_SECRET, NEXT_TELEMETRY_DISABLED: "1" },
        CALENDLY_REQUESTS_PER_MINUTE: "450",
        GHL_REQUESTS_PER_10S: String(GHL_REQUESTS_PER_10S),
        // Every workspace at once: one of them is slow, and the others are not to wait behind it.
        ...{ RECONCILE_WORKSPACE_CONCURRENCY: "8", RECONCILE_LEAD_CONCURRENCY: "8" },
      },
      isReady: async (at) => (await fetch(`${at}/sign-in`)).status === 200,
      onOutput: (text) => {
        output += text;
      },
    },
    teardown,
  );
  return { url, password: PASSWORD, cronSecret: CRON_SECRET, output: () => output };
}

/** What a build is made of. */
const SOURCES = ["app", "lib", "prisma/schema.prisma", "proxy.ts", "instrumentation.ts", "next.config.ts"];
const SETTINGS = ["vercel.json", "package-lock.json", "tsconfig.json", "postcss.config.json"];

/** Whether `npm run build` was run since anything that goes into it was last changed: then there is no need for another. */
function isBuildFresh(): boolean {
  const built = changedAt(".next/BUILD_ID");
  const files = [...SOURCES, ...SETTINGS].flatMap((name) => {
    const entries = statSync(path.join(PROJECT_FOLDER, name)).isDirectory() ? listFiles(name) : [name];
    return entries.filter((entry) => !isTestFile({ path: entry, text: "" }));
  });
  return files.every((name) => changedAt(name) < built);
}

function listFiles(folder: string): string[] {
  const entries = readdirSync(path.join(PROJECT_FOLDER, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((file) => path.relative(PROJECT_FOLDER, path.join(file.parentPath, file.name)));
}

/** In milliseconds; before everything else for what is not there. */
function changedAt(name: string): number {
  return statSync(path.join(PROJECT_FOLDER, name), { throwIfNoEntry: false })?.mtimeMs ?? Number.NEGATIVE_INFINITY;
}

function systemVariables(): Record<string, string> {
  const names = ["PATH", "HOME", "TMPDIR", "LANG", "CI"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name] ?? ""]] : [])));
}
