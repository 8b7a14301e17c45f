import { type NextRequest, NextResponse } from "next/server";
import { contentSecurityPolicy, SECURITY_HEADERS } from "./app/_security/headers";

/**
 * Gives every page a nonce of its own and the headers that keep it to itself. Decides nothing about who may see it:
 * each page and each action asks for the session itself.
 */
export function proxy(request: NextRequest): NextResponse {
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const policy = contentSecurityPolicy(nonce, { development: process.env.NODE_ENV === "development" });
  const headers = new Headers(request.headers);
  // Next reads the nonce for its own scripts from the request's policy.
  headers.set("Content-Security-Policy", policy);
  headers.set(ASKED_PATH_HEADER, `${request.nextUrl.pathname}${request.nextUrl.search}`);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value);
  return response;
}

/** Where somebody who has to sign in first wanted to go. */
const ASKED_PATH_HEADER = "x-leadline-path";

/** Pages alone: the API has its own headers and no session, and static files are the same for everybody. */
export const config = { matcher: ["/((?!api/|_next/static/|_next/image).*)"] };
