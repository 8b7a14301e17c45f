import { ProviderError, type ProviderErrorDetails } from "@/lib/core/errors";
import { BodyTooLargeError, NotJsonError } from "./response-body";

export interface CallContext {
  provider: string;
  label: string;
  timeoutMs: number;
}

/** What a status other than 2xx means for the caller. */
export function explainRefusal(
  context: CallContext,
  status: number,
  traceId: string | null,
  parkMs: number | null,
): ProviderError {
  const trace = traceId === null ? "" : ` (trace ${traceId})`;
  return providerError(context, `answered ${status}${trace}`, { status, ...decide(status, parkMs) });
}

/**
 * What it means that there was no answer, or none that could be read. Nothing of the original error is kept but its code:
 * messages of parsers quote bodies.
 */
export function explainFailure(context: CallContext, error: unknown, timedOut: boolean): ProviderError {
  if (timedOut) return providerError(context, `no answer within ${context.timeoutMs} ms`, { kind: "transient" });
  if (error instanceof BodyTooLargeError || error instanceof NotJsonError) {
    return providerError(context, error.message, { kind: "malformed" });
  }
  return providerError(context, `the connection failed${codeOf(error)}`, { kind: "transient" });
}

/** What it means that there was no connection to send anything over: `error` is null where it was lost again. */
export function explainUnconnected(context: CallContext, error: unknown): ProviderError {
  return providerError(context, `no connection${codeOf(error)}`, { kind: "transient" });
}

/** Null where the provider says that there is no such thing: for those to whom that is an answer. */
export async function nullIfNotFound<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === "not_found") return null;
    throw error;
  });
}

function decide(status: number, parkMs: number | null): ProviderErrorDetails {
  if (status === 429) return { kind: "rate_limited", ...(parkMs === null ? {} : { retryAfterMs: parkMs }) };
  if (status === 401) return { kind: "auth" };
  if (status === 403) return { kind: "auth", credentialDead: true };
  if (status === 404) return { kind: "not_found" };
  if (status === 408 || status >= 500) return { kind: "transient" };
  // An API does not redirect: this is a wrong base URL, or a portal in between, and no answer to what was asked.
  if (status < 400) return { kind: "malformed" };
  return { kind: "permanent" };
}

function providerError({ provider, label }: CallContext, what: string, details: ProviderErrorDetails): ProviderError {
  return new ProviderError(`${provider}: ${label}: ${what}`, details);
}

/** The code of a network error, such as ` (ECONNRESET)`; fetch hides it in the cause. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error) || !("code" in cause)) return "";
  return typeof cause.code === "string" && /^[A-Z][A-Z0-9_]*$/.test(cause.code) ? ` (${cause.code})` : "";
}
