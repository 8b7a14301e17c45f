import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { getRuntime } from "@/lib/runtime";
import { CRON_JOBS } from "../jobs";
import { hearSteps } from "./death";

/**
 * The crons' doors behind a plain HTTP server, as a platform would host them. Prints where it listens, and dies where
 * the environment says.
 */
const hear = hearSteps();
for (const job of CRON_JOBS) job.listen(getRuntime(), (step) => hear(`${job.name} ${step}`));
const routes = new Map(await Promise.all(CRON_JOBS.map(async (job) => [job.path, await job.load()] as const)));

const server = createServer(async (incoming, outgoing) => {
  const response = await answer(incoming);
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
if (address === null || typeof address === "string") throw new Error("there is no port");
process.stdout.write(`listening on ${address.port}\n`);

/** What the platform does itself, a method without a handler and a path without a route, is not ours to test. */
async function answer(incoming: IncomingMessage): Promise<Response> {
  const url = new URL(`http://127.0.0.1${incoming.url ?? "/"}`);
  const method = incoming.method ?? "GET";
  const route = routes.get(url.pathname);
  if (!route) return new Response(null, { status: 404 });
  const handle = method === "GET" || method === "POST" || method === "HEAD" ? route[method] : null;
  if (!handle) return new Response(null, { status: 405 });
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const body = method === "POST" ? await buffer(incoming) : null;
  return handle(new Request(url, { method, headers, ...(body && { body: new Uint8Array(body) }) }));
}
