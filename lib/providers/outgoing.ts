import { ProviderError } from "@/lib/core/errors";
import { areSendable } from "./headers";

/** Where a request goes: a base URL, with or without a slash at its end, and a path that is encoded already. */
export function urlOf(baseUrl: string, path: string): URL {
  return new URL(baseUrl.replace(/\/+$/, "") + path);
}

/** The headers of a request: those of every one, the account's, its own, each without the blanks around its value. */
export function joinHeaders(account: Record<string, string>, own: Record<string, string> = {}): Record<string, string> {
  const all = { accept: "application/json", "user-agent": "leadline", ...account, ...own };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value.trim()]));
}

/** The error for an account whose credential cannot stand in a header at all; null where it can. */
export function findUnsendable(
  account: { provider: string; headers: Record<string, string> },
  label: string,
): ProviderError | null {
  if (areSendable(account.headers)) return null;
  return new ProviderError(
    `${account.provider}: ${label}: the token holds characters that cannot be sent in a header`,
    { kind: "auth", credentialDead: true },
  );
}
