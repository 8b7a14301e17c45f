import { SECOND_MS, startDeadline } from "@/lib/core/time";
import type { Delivery } from "@/lib/health/messenger";

/** What a receiver may take to answer. It stands between a run and its answer, so it is short. */
const TIMEOUT_MS = 3 * SECOND_MS;

/**
 * Sends one request to an address that is a secret itself, and says in our words what came of it: only a 2xx counts as
 * delivered. Redirects are not followed, since they would carry the message, or the secret, to somebody else. Takes at
 * most 3 s, and never rejects.
 */
export async function deliver(
  url: URL,
  request: { method: "GET" | "POST"; body?: string; headers?: Record<string, string> },
  signal: AbortSignal,
): Promise<Delivery> {
  const deadline = startDeadline(TIMEOUT_MS, signal);
  try {
    const response = await fetch(url, { ...request, redirect: "manual", signal: deadline.signal });
    // Nobody reads what it says; a body left alone would keep the connection.
    await response.body?.cancel();
    if (response.ok) return { kind: "delivered" };
    return failed(`it answered ${response.status}`, retryAfterMsOf(response.headers));
  } catch (error) {
    if (signal.aborted) return failed("there was no time left to wait for its answer");
    if (deadline.signal.aborted) return failed(`it did not answer within ${TIMEOUT_MS} ms`);
    return failed(`the connection failed${codeOf(error)}`);
  } finally {
    deadline.dispose();
  }
}

function failed(reason: string, retryAfterMs: number | null = null): Delivery {
  return { kind: "failed", reason, retryAfterMs };
}

/** In seconds, as Slack has it. Anything else is no hint. */
function retryAfterMsOf(headers: Headers): number | null {
  const seconds = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * SECOND_MS : null;
}

/** The code of a network error, such as ` (ECONNREFUSED)`; its message would name the address. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const code: unknown = cause instanceof Object ? Reflect.get(cause, "code") : undefined;
  return typeof code === "string" && /^[A-Z_]{2,40}$/.test(code) ? ` (${code})` : "";
}
