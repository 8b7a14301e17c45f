import { scrub } from "./scrub";

/** What a caller should do about a provider's failure. The kind decides; nobody matches on messages. */
export type ProviderErrorKind =
  /** Worth another try later: time-outs, resets, 5xx. */
  | "transient"
  /** The account is out of requests until `retryAfterMs` has passed. */
  | "rate_limited"
  /** The credential was refused. */
  | "auth"
  /** The thing asked for is not there, or not ours. */
  | "not_found"
  /** The request itself was refused and will be again (400, 422). */
  | "permanent"
  /** The answer could not be read as what it should be. */
  | "malformed";

export interface ProviderErrorDetails {
  kind: ProviderErrorKind;
  /** The HTTP status, where there was an answer. */
  status?: number;
  /** How long to leave the account alone; only for `rate_limited`. */
  retryAfterMs?: number;
  /** The credential is certainly dead (401 twice, or 403), not merely refused once; only for `auth`. */
  credentialDead?: boolean;
  cause?: unknown;
}

/**
 * The one error that providers throw. Its message names the call and what was wrong, never a token, an e-mail address,
 * a phone number or a body.
 */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: ProviderErrorKind;
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  readonly credentialDead: boolean;

  constructor(message: string, details: ProviderErrorDetails) {
    super(message, { cause: details.cause });
    this.kind = details.kind;
    this.status = details.status ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.credentialDead = details.credentialDead ?? false;
  }
}

/** Whether an error tells against the provider or the credential, rather than against the one thing asked for. */
export function isProviderFailure(error: ProviderError): boolean {
  return error.kind === "transient" || error.kind === "malformed" || error.kind === "auth";
}

/** Thrown where work is cut off by a deadline or a signal: not a failure of what was being done. */
export class CutOffError extends Error {
  override readonly name = "CutOffError";
}

/**
 * Anything thrown, as a sentence that may be logged, stored and answered: drivers quote values in their messages, and
 * what looks like a secret or a person is replaced. Never throws.
 */
export function describeError(error: unknown): string {
  // Drivers write over several lines, with space for a reader's eyes.
  return scrub(messageOf(error)).replaceAll(/\s+/g, " ").trim();
}

function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  // A connection refused on every address of a host is an error without a message around those that have one.
  if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
  const message: unknown = Reflect.get(error, "message");
  if (typeof message === "string" && message !== "") return message;
  return error instanceof Error ? error.name : "something was thrown that is no error";
}
