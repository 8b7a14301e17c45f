/** Starts a Next server and does nothing but hold it, so that a test can end this process and see what becomes of it. */
import { startNextServer } from "./next-server";

const { NODE_ENV, PATH = "" } = process.env;
const url = await startNextServer(
  {
    port: "free",
    env: { PATH, NODE_ENV: NODE_ENV ?? "", DATABASE_URL: "postgresql://nobody@127.0.0.1:1/none", ...extra() },
    // Nothing has to be compiled for this answer.
    isReady: async (at) => (await fetch(`${at}/_next/static/nothing-here.js`)).status === 404,
  },
  { add: () => undefined },
);
process.stdout.write(`${url}\n`);

function extra(): Record<string, string> {
  const text = process.argv[2];
  return text === undefined ? {} : { RECONCILE_MAX_MS: text };
}
