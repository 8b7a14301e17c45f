import { describe, expect, it, onTestFinished } from "vitest";
import { unlimited } from "../limiter";
import { reply, startLoopback } from "../testing/loopback";
import { chooseKapsoCredential } from "./credential";
import { createKapsoRequester, readKapsoLimits } from "./requester";

it.each([
  [200, {}, null],
  [200, { "X-RateLimit-Remaining": "0" }, null],
  [500, { "Retry-After": "7" }, null],
  [429, {}, 60_000],
  [429, { "Retry-After": "60" }, 60_000],
  [429, { "Retry-After": "0" }, 0],
  [429, { "Retry-After": "later" }, 60_000],
])("Kapso's %i with %j parks the account for %s ms", (status, headers: Record<string, string>, expected) => {
  expect(readKapsoLimits(new Headers(headers), status).parkMs).toBe(expected);
});

describe("a workspace's credential", () => {
  it.each([
    [
      { kapsoApiKey: "key-1", metaAccessToken: "token-1" },
      { kind: "api_key", value: "key-1" },
    ],
    [
      { kapsoApiKey: " ", metaAccessToken: "token-1\n" },
      { kind: "access_token", value: "token-1" },
    ],
    [{ kapsoApiKey: null, metaAccessToken: "" }, null],
  ])("in %j is %j", (stored, expected) => {
    expect(chooseKapsoCredential(stored)).toEqual(expected);
  });

  it.each([
    ["api_key", { "x-api-key": "secret-1", authorization: undefined }],
    ["access_token", { "x-api-key": undefined, authorization: "Bearer secret-1" }],
  ] as const)("of kind %s is sent in the header that it belongs to", async (kind, expected) => {
    let sent: object = {};
    const server = await startLoopback((request, response) => {
      sent = { "x-api-key": request.headers["x-api-key"], authorization: request.headers.authorization };
      reply(response, { body: { data: [] } });
    });
    onTestFinished(() => server.close());
    const options = { baseUrl: server.url, limiter: unlimited, timeoutMs: 5000 };
    const requester = createKapsoRequester({ ...options, credential: { kind, value: "secret-1" } });
    await requester.get("/1/messages", { label: "list messages", signal: new AbortController().signal });
    expect(sent).toEqual(expected);
  });
});
