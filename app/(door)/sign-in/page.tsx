import { redirect } from "next/navigation";
import { isOperator, pathWithin } from "@/app/_session/operator";
import { consoleAccessOf } from "@/lib/console-access/access";
import { getRuntime } from "@/lib/runtime";
import { SignInForm } from "./sign-in-form";

export const metadata = { title: "Sign in" };

export default async function SignInPage({ searchParams }: { searchParams: Promise<{ next?: string | string[] }> }) {
  const { next } = await searchParams;
  const target = pathWithin(typeof next === "string" ? next : "/");
  const runtime = getRuntime();
  if (await isOperator(runtime)) redirect(target);
  const closed = consoleAccessOf(runtime.env).kind === "closed";
  return (
    <main id="main" className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 px-5 py-10">
      <div>
        <h1 className="text-2xl font-semibold tracking-tight">Leadline</h1>
        <p className="text-muted">The operator’s console.</p>
      </div>
      {closed ? (
        <div role="status" className="rounded-lg border border-line bg-surface p-5">
          <h2 className="font-semibold">The console is closed</h2>
          <p className="mt-1 text-muted">
            This server has no <code>CONSOLE_PASSWORD</code>. Set one and deploy again to open the console.
          </p>
        </div>
      ) : (
        <SignInForm next={target} />
      )}
    </main>
  );
}
