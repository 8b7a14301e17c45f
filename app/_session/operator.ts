import { cookies, headers } from "next/headers";
import { redirect } from "next/navigation";
import { consoleAccessOf } from "@/lib/console-access/access";
import { isSession, SESSION_MS_MAX } from "@/lib/console-access/session";
import { SECOND_MS } from "@/lib/core/time";
import { getRuntime, type Runtime } from "@/lib/runtime";

const SESSION_COOKIE = "leadline_session";

/**
 * The runtime, for somebody who may use the console; anybody else is sent to the sign-in page. Pages and actions of the
 * console get the runtime from here alone, so that none can forget to ask.
 */
export async function requireOperator(): Promise<Runtime> {
  const runtime = getRuntime();
  if (!(await isOperator(runtime))) {
    const asked = (await headers()).get("x-leadline-path") ?? "/";
    redirect(`/sign-in?next=${encodeURIComponent(pathWithin(asked))}`);
  }
  return runtime;
}

/** Whether the request comes from somebody who may use the console. */
export async function isOperator(runtime: Runtime): Promise<boolean> {
  const access = consoleAccessOf(runtime.env);
  switch (access.kind) {
    case "open":
      return true;
    case "closed":
      return false;
    case "guarded": {
      const token = (await cookies()).get(SESSION_COOKIE)?.value;
      const secrets = { password: access.password, cronSecret: runtime.env.CRON_SECRET };
      return isSession(token, secrets, runtime.clock.now());
    }
  }
}

/**
 * Hands the session to the browser: no script can read it, and no other site's form or link that writes can use it.
 * `Secure` wherever the page itself came by https; on one's own machine it does not.
 */
export async function keepSession(token: string): Promise<void> {
  const secure = (await headers()).get("x-forwarded-proto")?.split(",")[0]?.trim() === "https";
  (await cookies()).set(SESSION_COOKIE, token, {
    ...{ httpOnly: true, sameSite: "lax", secure, path: "/" },
    maxAge: SESSION_MS_MAX / SECOND_MS,
  });
}

export async function endSession(): Promise<void> {
  (await cookies()).delete(SESSION_COOKIE);
}

/** A path of this site; anything that a browser could take for another site becomes the start page. */
export function pathWithin(path: string): string {
  return /^\/(?![/\\])[\w\-./?=&%~]*$/.test(path) && !path.startsWith("/sign-in") ? path : "/";
}
