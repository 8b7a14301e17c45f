import { createHash, scryptSync, timingSafeEqual } from "node:crypto";
import { jwtVerify, SignJWT } from "jose";
import { HOUR_MS, SECOND_MS } from "@/lib/core/time";

/** A working day: long enough not to be in the way, short enough that a forgotten browser does not stay signed in. */
export const SESSION_MS_MAX = 12 * HOUR_MS;

/** What a session is sealed with: known to whoever knows both secrets, and to nobody else. */
export interface SessionSecrets {
  password: string;
  cronSecret: string | undefined;
}

const ALGORITHM = "HS256";
const AUDIENCE = "leadline-console";

/** Seals a session that begins at `now`. It ends by itself, and with the password that it was sealed under. */
export async function sealSession(secrets: SessionSecrets, now: Date): Promise<string> {
  const issuedAt = Math.floor(now.getTime() / SECOND_MS);
  return new SignJWT()
    .setProtectedHeader({ alg: ALGORITHM })
    .setAudience(AUDIENCE)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + SESSION_MS_MAX / SECOND_MS)
    .sign(keyOf(secrets));
}

/** Whether a token is a session of ours that is still running. Whatever else it may be, it is none. */
export async function isSession(token: string | undefined, secrets: SessionSecrets, now: Date): Promise<boolean> {
  if (token === undefined) return false;
  const checks = { algorithms: [ALGORITHM], audience: AUDIENCE, currentDate: now, requiredClaims: ["exp", "iat"] };
  return jwtVerify(token, keyOf(secrets), checks).then(
    () => true,
    () => false,
  );
}

/** Whether this is the password. Takes the same time wherever the two differ, and whatever their lengths. */
export function isPassword(presented: string, password: string): boolean {
  return timingSafeEqual(digest(presented), digest(password));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

const KEY_BYTES = 32;
/** 16 MiB and tens of milliseconds a guess: a stolen session must not be a cheap way to try passwords on. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const;

let derived: { from: string; key: Buffer } | undefined;

/** Derived once per process and pair of secrets: it is costly by design. */
function keyOf({ password, cronSecret = "" }: SessionSecrets): Buffer {
  const from = JSON.stringify([password, cronSecret]);
  if (derived?.from !== from) {
    derived = { from, key: scryptSync(password, `leadline console session ${cronSecret}`, KEY_BYTES, SCRYPT) };
  }
  return derived.key;
}
