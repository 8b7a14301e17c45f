import { describe, expect, it } from "vitest";
import { unlimited } from "../limiter";
import { reply, startLoopback } from "../testing/loopback";
import { createGhlRequester, readGhlLimits } from "./requester";

const parkMs = (status: number, headers: Record<string, string>) => readGhlLimits(new Headers(headers), status).parkMs;

const DAY_MS = 86_400_000;

describe("what HighLevel says about its limits", () => {
  it.each([
    [200, {}, null],
    [200, { "X-RateLimit-Remaining": "1", "X-RateLimit-Daily-Remaining": "1" }, null],
    [200, { "X-RateLimit-Remaining": "" }, null],
    [200, { "X-RateLimit-Remaining": "many" }, null],
    [500, { "X-RateLimit-Remaining": "5" }, null],
    [200, { "X-RateLimit-Remaining": "0", "X-RateLimit-Interval-Milliseconds": "8000" }, 8000],
    [200, { "X-RateLimit-Remaining": "0" }, 10_000],
    [429, {}, 10_000],
    [429, { "X-RateLimit-Interval-Milliseconds": "5000" }, 5000],
    [429, { "X-RateLimit-Interval-Milliseconds": "soon" }, 10_000],
    [429, { "X-RateLimit-Interval-Milliseconds": "-1" }, 10_000],
    [429, { "X-RateLimit-Interval-Milliseconds": "1e300" }, 10_000],
    [429, { "Retry-After": "30" }, 30_000],
    [429, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Interval-Milliseconds": "5000" }, 3_600_000],
    [200, { "X-RateLimit-Daily-Remaining": "0" }, 3_600_000],
    [200, { "X-RateLimit-Daily-Remaining": "-3" }, 3_600_000],
    [200, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": "7200" }, 7_200_000],
    [200, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": "-7" }, 3_600_000],
    [200, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": "tomorrow" }, 3_600_000],
    [200, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": "9e99" }, 3_600_000],
  ])("%i with %j parks the account for %s ms", (status, headers: Record<string, string>, expected) => {
    expect(parkMs(status, headers)).toBe(expected);
  });

  it.each([
    ["an epoch in seconds", (at: number) => String(Math.ceil(at / 1000))],
    ["an epoch in milliseconds", (at: number) => String(at)],
    ["a date", (at: number) => new Date(at).toISOString()],
  ])("reads a daily reset that is %s", (_name, spell) => {
    const at = Date.now() + DAY_MS / 2;
    const read = parkMs(429, { "X-RateLimit-Daily-Remaining": "0", "X-RateLimit-Daily-Reset": spell(at) });
    expect(read).toBeGreaterThan(DAY_MS / 4);
    expect(read).toBeLessThan(DAY_MS);
  });
});

it("sends the token without the blanks around it", async () => {
  const seen: unknown[] = [];
  const server = await startLoopback((request, response) => {
    seen.push(request.headers["authorization"]);
    reply(response, {});
  });
  const requester = createGhlRequester({ baseUrl: server.url, token: " pit-1\n", limiter: unlimited, timeoutMs: 5000 });
  await requester.get("/x", { signal: new AbortController().signal, label: "try" });
  await server.close();
  expect(seen).toEqual(["Bearer pit-1"]);
});
