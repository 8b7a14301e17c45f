import { MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Answer, Voice } from "./answer";

export interface Detail {
  parameter: string;
  message: string;
}

/** Calendly's error bodies: a title, a message, and for arguments what is wrong with each. */
export interface CalendlyVoice extends Voice {
  invalid(...details: Detail[]): Answer;
  denied(message: string): Answer;
}

export function createCalendlyVoice(): CalendlyVoice {
  const say = (status: number, title: string, message: string, details?: Detail[]): Answer => ({
    status,
    headers: {},
    body: { title, message, details },
  });
  const denied = (message: string) => say(403, "Permission Denied", message);
  return {
    invalid: (...details) => say(400, "Invalid Argument", "The supplied parameters are invalid.", details),
    denied,
    unauthorized: () => say(401, "Unauthenticated", "The access token is invalid"),
    forbidden: () => denied("You do not have permission to access this resource."),
    notFound: () => say(404, "Resource Not Found", "The server could not find the requested resource."),
    unprocessable: (messages) => say(422, "Unprocessable Entity", messages.join("; ")),
    rateLimited: () => say(429, "Too Many Requests", "You have exceeded your rate limit."),
    serverError: (status) =>
      say(
        status,
        "Internal Server Error",
        "The server encountered an unexpected condition that prevented it from fulfilling the request.",
      ),
    headersOfWait: (waitMs) => limitHeaders({ limit: 500, remaining: 0, resetMs: waitMs }),
    usualWaitMs: MINUTE_MS,
  };
}

/** The reset is told in whole seconds from now, rounded up. */
export function limitHeaders(given: { limit: number; remaining: number; resetMs: number }): Record<string, string> {
  return {
    "X-RateLimit-Limit": String(given.limit),
    "X-RateLimit-Remaining": String(given.remaining),
    "X-RateLimit-Reset": String(Math.ceil(given.resetMs / SECOND_MS)),
  };
}
