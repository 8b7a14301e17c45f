import { SECOND_MS } from "@/lib/core/time";
import type { Answer, Voice } from "./answer";

/** HighLevel's error bodies. `message` is a text, and at 422 a list. */
export interface GhlVoice extends Voice {
  nextTraceId(): string;
  badRequest(message: string): Answer;
}

export function createGhlVoice(): GhlVoice {
  let traces = 0;
  const nextTraceId = () => `trace-${++traces}`;
  const say = (statusCode: number, message: string | string[], error?: string): Answer => ({
    status: statusCode,
    headers: {},
    body: { statusCode, message, error, traceId: nextTraceId() },
  });
  return {
    nextTraceId,
    badRequest: (message) => say(400, message),
    unauthorized: () => say(401, "Invalid JWT", "Unauthorized"),
    forbidden: () => say(403, "The token does not have access to this location.", "Forbidden"),
    notFound: () => say(404, "Not found", "Not Found"),
    unprocessable: (messages) => say(422, messages, "Unprocessable Entity"),
    rateLimited: () => say(429, "Too Many Requests"),
    serverError: (status) => say(status, "Internal server error"),
    // No Retry-After: HighLevel documents none.
    headersOfWait: (waitMs) => ({
      "X-RateLimit-Limit-Daily": "200000",
      "X-RateLimit-Daily-Remaining": "150000",
      "X-RateLimit-Interval-Milliseconds": String(waitMs),
      "X-RateLimit-Max": "100",
      "X-RateLimit-Remaining": "0",
    }),
    usualWaitMs: 10 * SECOND_MS,
  };
}
