import type { Readable } from "node:stream";
import { DAY_MS, SECOND_MS } from "@/lib/core/time";
import type { ReplyHeaders } from "./exchange";
import { readJsonBody } from "./response-body";

export interface ProviderAnswer {
  status: number;
  /** Parsed JSON, free of NUL characters and otherwise as it came. */
  body: unknown;
  /** The provider's own name for this exchange, for its support desk. */
  traceId: string | null;
}

/** What the headers of an answer say about the account: for how long to leave it alone, or null to go on. */
export type ReadLimits = (headers: ReplyHeaders, status: number) => { parkMs: number | null };

/** A 429 always parks for a while, whatever it says, so that nobody spins on it. */
const PARK_MS_MIN = SECOND_MS;
/** No limit of any provider lasts longer than a day. */
const PARK_MS_MAX = DAY_MS;
/** Where a 429 gives no hint at all, a minute covers the windows of all providers. */
const PARK_MS_DEFAULT = 60 * SECOND_MS;
/** What is read of a refusal: error bodies are a few hundred bytes, and a gateway's page for people is not worth more. */
const REFUSAL_BYTES_MAX = 64_000;

/** For how many milliseconds this answer parks the account, within bounds; null where it does not. */
export function readParkMs(readLimits: ReadLimits, headers: ReplyHeaders, status: number): number | null {
  const { parkMs } = readLimits(headers, status);
  if (parkMs === null) return status === 429 ? PARK_MS_DEFAULT : null;
  return Math.min(PARK_MS_MAX, Math.max(PARK_MS_MIN, parkMs));
}

/** The JSON of a refusal, null where it is broken, huge or slow: a refusal is decided by its status alone. */
export async function readRefusalBody(body: Readable): Promise<unknown> {
  return readJsonBody(body, REFUSAL_BYTES_MAX).catch(() => null);
}

/** The provider's own name for an exchange, from the body or a header; null where neither has one. */
export function findTraceId(headers: ReplyHeaders, body: unknown): string | null {
  const inBody = typeof body === "object" && body !== null && "traceId" in body ? body.traceId : null;
  const traceId = typeof inBody === "string" ? inBody : headers.get("x-request-id");
  // It goes into messages and logs, so it has to look like an id: nothing that could be an address or a sentence.
  return traceId !== null && /^[\w.:-]{1,100}$/.test(traceId) ? traceId : null;
}
