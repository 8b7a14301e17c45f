import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "@/scripts/testing/process";
import { createTestIdentity } from "./testing/certificate";

const identity = createTestIdentity("localhost");
const server = createServer(identity, (request, response) => {
  requests.push(`${request.method} ${request.url} at ${request.headers.host}`);
  response.end('{"id":"m-1"}');
});
const requests: string[] = [];
let folder = "";
let port = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leadline-"));
  await writeFile(join(folder, "trusted.pem"), identity.cert);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address === "object") port = address?.port ?? 0;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** What a process of its own says, because a process decides at its start whom it trusts. */
async function postFrom(environment: Record<string, string>, host: string): Promise<unknown> {
  const url = `https://${host}:${port}`;
  const { stdout, stderr } = await runScript("scripts/testing/workers/post-once.ts", [url], environment);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

describe("a connection over TLS", () => {
  it("carries the request to a server that proves to be who it is", async () => {
    const trusting = { NODE_EXTRA_CA_CERTS: join(folder, "trusted.pem") };
    expect(await postFrom(trusting, "localhost")).toMatchObject({ kind: "accepted", answer: { body: { id: "m-1" } } });
    expect(requests).toEqual([`POST /messages at localhost:${port}`]);
  });

  it("carries nothing to one that does not, whoever it is", async () => {
    requests.length = 0;
    const stranger = await postFrom({}, "localhost");
    expect(stranger).toMatchObject({ kind: "not_sent", message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED") });
    const trusting = { NODE_EXTRA_CA_CERTS: join(folder, "trusted.pem") };
    const other = await postFrom(trusting, "127.0.0.1");
    expect(other).toMatchObject({ kind: "not_sent", message: expect.stringContaining("ALTNAME_INVALID") });
    expect(requests).toEqual([]);
  });
});
