import { createHash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export type SandboxProvider = "GHL" | "CALENDLY" | "KAPSO";

export interface SandboxRequest {
  readonly provider: SandboxProvider;
  readonly account: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The parsed body of a POST; undefined where there is none or it is no JSON. */
  readonly body: unknown;
}

/** The bearer token of a request, or null. */
export function bearerOf(headers: IncomingHttpHeaders): string | null {
  return /^Bearer (\S+)$/.exec(headers.authorization ?? "")?.[1] ?? null;
}

/** A name for a token by which it cannot be recovered: the first 12 hex digits of its SHA-256. */
export function nameOfToken(token: string | null): string {
  return token === null ? "nobody" : `token-${createHash("sha256").update(token).digest("hex").slice(0, 12)}`;
}
