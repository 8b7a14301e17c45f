import { SECOND_MS } from "@/lib/core/time";
import type { ReplyHeaders } from "../exchange";
import { readRetryAfterMs } from "../headers";
import { createRequester, type Requester } from "../request";
import type { RequesterOptions } from "../requester-options";
import { headersOf, type KapsoCredential } from "./credential";

/** What one number is asked with. */
export interface KapsoRequesterOptions
  extends Pick<RequesterOptions, "baseUrl" | "limiter" | "timeoutMs" | "retryBudget"> {
  credential: KapsoCredential;
}

/** The documented length of the window, for a 429 that does not say how much of it is left. */
const WINDOW_MS = 60 * SECOND_MS;

/** A requester for Kapso. */
export function createKapsoRequester({ credential, ...options }: KapsoRequesterOptions): Requester {
  return createRequester({
    ...{ ...options, provider: "Kapso", headers: headersOf(credential) },
    readLimits: readKapsoLimits,
  });
}

/**
 * How long Kapso wants the account left alone: what a 429 says. An answer that leaves no requests parks nobody: it does
 * not say when the window ends, and one refused request learns it to the second.
 */
export function readKapsoLimits(headers: ReplyHeaders, status: number): { parkMs: number | null } {
  return { parkMs: status === 429 ? (readRetryAfterMs(headers) ?? WINDOW_MS) : null };
}
