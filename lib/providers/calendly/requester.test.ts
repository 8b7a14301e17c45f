import { expect, it } from "vitest";
import { readCalendlyLimits } from "./requester";

it.each([
  [200, {}, null],
  [200, { "X-RateLimit-Remaining": "3", "X-RateLimit-Reset": "40" }, null],
  [200, { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "40" }, 40_000],
  [500, { "X-RateLimit-Reset": "40" }, null],
  [429, {}, 60_000],
  [429, { "X-RateLimit-Reset": "40" }, 40_000],
  [429, { "X-RateLimit-Reset": "40", "Retry-After": "7" }, 40_000],
  [429, { "X-RateLimit-Reset": "0" }, 0],
  [429, { "Retry-After": "7" }, 7000],
  [429, { "X-RateLimit-Reset": "-1", "Retry-After": "7" }, 7000],
  [429, { "X-RateLimit-Reset": "1899558000" }, 60_000],
  [429, { "X-RateLimit-Reset": "soon" }, 60_000],
  [429, { "Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT" }, 0],
  [429, { "Retry-After": "later" }, 60_000],
])("Calendly's %i with %j parks the account for %s ms", (status, headers: Record<string, string>, expected) => {
  expect(readCalendlyLimits(new Headers(headers), status).parkMs).toBe(expected);
});

it("reads a Retry-After that is a date", () => {
  const headers = new Headers({ "Retry-After": new Date(Date.now() + 3_600_000).toUTCString() });
  const { parkMs } = readCalendlyLimits(headers, 429);
  expect(parkMs).toBeGreaterThan(1_800_000);
  expect(parkMs).toBeLessThanOrEqual(3_600_000);
});
