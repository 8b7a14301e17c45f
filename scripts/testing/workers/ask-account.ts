import { z } from "zod";
import { ProviderError } from "@/lib/core/errors";
import { createDb } from "@/lib/db/client";
import { Accounts } from "@/lib/providers/accounts";
import { createGhlRequester } from "@/lib/providers/ghl/requester";

/**
 * Asks a HighLevel location for itself again and again, as fast as its account lets it, page by page through the same
 * limiter and requester as reconcile does, until it is answered that there is no such location:
 * `ask-account.ts <settings as JSON>`. Prints how many requests were answered and refused.
 */
const settings = z
  .object({
    baseUrl: z.string(),
    locationId: z.string(),
    token: z.string(),
    limits: z.object({ requestsMax: z.number(), windowMs: z.number(), requestMsMax: z.number() }),
  })
  .parse(JSON.parse(process.argv[2] ?? ""));

const { baseUrl, locationId, token, limits } = settings;
const db = createDb(process.env["DATABASE_URL"] ?? "");
const limiter = new Accounts(db).limiterFor("GHL", locationId, limits);
const requester = createGhlRequester({ baseUrl, token, limiter, timeoutMs: limits.requestMsMax });
const counts = { answered: 0, refused: 0 };

/** Requests of a page, and how many of them are under way at a time. */
const PAGE = 20;
const AT_ONCE = 4;

process.stdout.write("started\n");
const gone = new AbortController();
while (!gone.signal.aborted) {
  limiter.expect(PAGE);
  await Promise.all(Array.from({ length: AT_ONCE }, () => ask(PAGE / AT_ONCE)));
  await limiter.settle();
}
await db.$disconnect();
process.stdout.write(`${JSON.stringify(counts)}\n`);

async function ask(requests: number): Promise<void> {
  const request = { headers: { version: "2021-07-28" }, signal: gone.signal, label: "read location" };
  for (let sent = 0; sent < requests && !gone.signal.aborted; sent++) {
    try {
      await requester.get(`/locations/${locationId}`, request);
      counts.answered++;
    } catch (error) {
      if (error instanceof ProviderError && error.kind === "rate_limited") counts.refused++;
      else if (error instanceof ProviderError && error.kind === "not_found") gone.abort();
      else if (!gone.signal.aborted) throw error;
    }
  }
}
