import { createHash } from "node:crypto";
import type { Clock } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { isPassword, type SessionSecrets, sealSession } from "./session";
import { countAttempt, forgetAttempts } from "./store";

export interface SignInDeps {
  db: Db;
  clock: Clock;
  secrets: SessionSecrets;
}

export type SignIn =
  | { kind: "signed_in"; token: string }
  | { kind: "wrong_password" }
  /** Too many tries; whether this one was right was not looked at. */
  | { kind: "limited"; retryAfterSeconds: number };

/** How many passwords one address may try in a window: people mistype, guessing takes millions. */
export const ATTEMPTS_PER_ADDRESS_MAX = 8;
/**
 * How many all addresses together may try: an address is a header's word and can be invented. High enough that nobody is
 * kept out by a colleague's typing, low enough that guessing gets nowhere.
 */
export const ATTEMPTS_IN_ALL_MAX = 120;

/**
 * Signs somebody in who knows the password. Every try is counted before it is looked at, so that many at once get no
 * further than one after the other.
 */
export async function signIn(deps: SignInDeps, attempt: { address: string; password: string }): Promise<SignIn> {
  const address = keyOfAddress(attempt.address);
  // An address that is out of tries uses up none of the others'.
  const retryAfterSeconds =
    (await countAttempt(deps.db, address, ATTEMPTS_PER_ADDRESS_MAX)) ??
    (await countAttempt(deps.db, EVERYBODY, ATTEMPTS_IN_ALL_MAX));
  if (retryAfterSeconds !== null) return { kind: "limited", retryAfterSeconds };
  if (!isPassword(attempt.password, deps.secrets.password)) return { kind: "wrong_password" };
  await forgetAttempts(deps.db, address);
  return { kind: "signed_in", token: await sealSession(deps.secrets, deps.clock.now()) };
}

const EVERYBODY = "everybody";

/** The table needs to tell addresses apart, not to know them. */
function keyOfAddress(address: string): string {
  return `address ${createHash("sha256").update(address).digest("base64url").slice(0, 22)}`;
}
