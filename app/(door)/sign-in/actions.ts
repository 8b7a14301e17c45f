"use server";

import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { z } from "zod";
import { keepSession, pathWithin } from "@/app/_session/operator";
import { consoleAccessOf } from "@/lib/console-access/access";
import { signIn } from "@/lib/console-access/sign-in";
import { describeError } from "@/lib/core/errors";
import { isDatabaseUnavailable } from "@/lib/db/unavailable";
import { getRuntime } from "@/lib/runtime";

export type SignInState =
  | { kind: "fresh" | "wrong_password" | "closed" | "unavailable" }
  | { kind: "limited"; minutes: number };

const fields = z.object({ password: z.string().max(1_000), next: z.string().max(2_000).default("/") });

/** Signs in with what the form says, and goes where the visitor wanted to go. */
export async function submitPassword(_: SignInState, form: FormData): Promise<SignInState> {
  const { db, clock, env, log } = getRuntime();
  const access = consoleAccessOf(env);
  if (access.kind === "closed") return { kind: "closed" };
  const read = fields.safeParse(Object.fromEntries(form));
  if (!read.success) return { kind: "wrong_password" };
  if (access.kind === "guarded") {
    const secrets = { password: access.password, cronSecret: env.CRON_SECRET };
    // Values of the environment are trimmed, so what is pasted with a line break at its end is meant to be the same.
    const attempt = { address: await addressOfVisitor(), password: read.data.password.trim() };
    const answer = await signIn({ db, clock, secrets }, attempt).catch((error: unknown) => {
      // Without the database nobody counts the tries, and then nobody is let in.
      if (!isDatabaseUnavailable(error)) throw error;
      log.warn({ err: { message: describeError(error) } }, "a sign-in could not be checked");
      return { kind: "unavailable" } as const;
    });
    if (answer.kind === "unavailable") return answer;
    if (answer.kind === "limited") return { kind: "limited", minutes: Math.ceil(answer.retryAfterSeconds / 60) };
    if (answer.kind === "wrong_password") return { kind: "wrong_password" };
    await keepSession(answer.token);
  }
  redirect(pathWithin(read.data.next));
}

/** As the platform's proxy says; without one, everybody is the same visitor. */
async function addressOfVisitor(): Promise<string> {
  const asked = await headers();
  return asked.get("x-real-ip") ?? asked.get("x-forwarded-for")?.split(",")[0]?.trim() ?? "unknown";
}
