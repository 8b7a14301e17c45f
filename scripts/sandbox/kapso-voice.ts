import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Answer, Voice } from "./answer";

/** Kapso speaks with two voices: Meta's, which it passes on, and its own. */
export interface KapsoVoice extends Voice {
  badRequest(message: string): Answer;
  /** Free text to somebody who has not written for a day. */
  outsideWindow(): Answer;
  /** Another message to the same person is on its way. */
  inFlight(): Answer;
  /** The person wants no more. */
  unsubscribed(): Answer;
}

export function createKapsoVoice(): KapsoVoice {
  let traces = 0;
  const meta = (status: number, code: number, message: string, type = "OAuthException"): Answer => ({
    status,
    headers: {},
    body: { error: { message, type, code, fbtrace_id: `fbtrace-${++traces}` } },
  });
  const plain = (status: number, error: string, more: Record<string, string> = {}): Answer => ({
    status,
    headers: {},
    body: { error, ...more },
  });
  return {
    badRequest: (message) => meta(400, 100, `(#100) ${message}`),
    outsideWindow: () => meta(400, 131_047, "(#131047) Re-engagement message"),
    inFlight: () => plain(409, "Another message is being sent to this conversation"),
    unsubscribed: () =>
      plain(422, "Contact stopped marketing messages on this WhatsApp number", {
        code: "marketing_preference_stopped",
      }),
    unauthorized: () => meta(401, 401, "Invalid API key"),
    forbidden: () => meta(403, 10, "(#10) Application does not have permission for this action"),
    notFound: () => meta(404, 100, "(#100) Unsupported request: the object does not exist", "GraphMethodException"),
    unprocessable: (messages) => plain(422, messages.join("; ")),
    rateLimited: () =>
      plain(429, "Rate limit exceeded", { message: "You have exceeded the rate limit. Please try again later." }),
    serverError: (status) => plain(status, "Internal server error"),
    headersOfWait: (waitMs) => ({ ...limitHeaders({ limit: 100, remaining: 0 }), ...retryAfter(waitMs) }),
    usualWaitMs: MINUTE_MS,
  };
}

export function limitHeaders({ limit, remaining }: { limit: number; remaining: number }): Record<string, string> {
  return { "X-RateLimit-Limit": String(limit), "X-RateLimit-Remaining": String(remaining) };
}

/** Told in whole seconds from now, rounded up; only a 429 says it. */
export function retryAfter(waitMs: number): Record<string, string> {
  return { "Retry-After": String(Math.ceil(waitMs / SECOND_MS)) };
}

/** The same refusal in the other of the two shapes, where a number's answers have that one. */
export function inKapsoShape(answer: Answer): Answer {
  const { body } = answer;
  if (typeof body !== "object" || body === null || !("error" in body)) return answer;
  const { error } = body;
  if (typeof error !== "object" || error === null || !("message" in error) || !("code" in error)) return answer;
  return { ...answer, body: { error: String(error.message), code: String(error.code) } };
}
