import { createHash, timingSafeEqual } from "node:crypto";
import { CRON_SECRET_LENGTH_MIN } from "@/lib/env";

export type Authorization = "authorized" | "unauthorized" | "misconfigured";

/**
 * Whether a request carries the secret as `Authorization: Bearer <secret>`.
 *
 * Fails closed: without a secret of 16 characters or more nobody is let in. The comparison takes the same time
 * wherever the two differ, and whatever their lengths.
 */
export function authorize(headers: Headers, secret: string | undefined): Authorization {
  if (secret === undefined || secret.length < CRON_SECRET_LENGTH_MIN) return "misconfigured";
  const presented = /^Bearer +(\S.*)$/i.exec(headers.get("authorization") ?? "")?.[1]?.trim();
  if (presented === undefined) return "unauthorized";
  return timingSafeEqual(digest(presented), digest(secret)) ? "authorized" : "unauthorized";
}

/** Digests have one length, so that comparing them tells nothing of the lengths of what was digested. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
