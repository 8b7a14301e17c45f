import { fileURLToPath } from "node:url";
import type { NextConfig } from "next";

/** Names a build folder for one server of its own, so that several of them in one checkout do not get in each other's way. */
const ownBuildFolder = process.env["LEADLINE_NEXT_FOLDER"];

const config: NextConfig = {
  poweredByHeader: false,
  serverExternalPackages: ["pino", "pg"],
  // A lock file in a folder above must not move the root: files would be looked for, and watched, up there.
  turbopack: { root: fileURLToPath(new URL(".", import.meta.url)) },
  // Next would write instructions for coding agents into the checkout.
  agentRules: false,
  // Crons have a run row and a log line of their own.
  logging: { incomingRequests: { ignore: [/^\/api\/cron\//] } },
  ...(ownBuildFolder && {
    distDir: ownBuildFolder,
    // Next adds the folder to the tsconfig it works with, and leaves one that extends another alone. Types are checked
    // where the project is, not once more for each server.
    typescript: { tsconfigPath: "scripts/environment/tsconfig.next.json", ignoreBuildErrors: true },
  }),
};

export default config;
