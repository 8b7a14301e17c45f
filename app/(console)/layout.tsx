import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Nav } from "@/app/_components/nav";
import { Submit } from "@/app/_components/submit";
import { ThemeSwitch } from "@/app/_components/theme-switch";
import { requireOperator } from "@/app/_session/operator";
import { consoleAccessOf } from "@/lib/console-access/access";
import { signOut } from "./actions";

/** What all pages of the console have around them. Strangers are sent away before the first byte of it. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const { env } = await requireOperator();
  const theme = (await cookies()).get("leadline_theme")?.value;
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:left-3 focus:top-3 focus:z-30 focus:rounded focus:bg-accent focus:px-3 focus:py-2 focus:text-on-accent"
      >
        Skip to the content
      </a>
      <header className="border-b border-line bg-surface">
        <div className="mx-auto flex max-w-7xl flex-wrap items-center justify-between gap-x-6 gap-y-1 px-4 pt-2">
          <p className="font-semibold tracking-tight">Leadline</p>
          <div className="flex items-center gap-4">
            <ThemeSwitch chosen={theme === "light" || theme === "dark" ? theme : "system"} />
            {consoleAccessOf(env).kind === "guarded" && (
              <form action={signOut}>
                <Submit busy="Signing out …" small>
                  Sign out
                </Submit>
              </form>
            )}
          </div>
        </div>
        <div className="mx-auto max-w-7xl px-2">
          <Nav />
        </div>
      </header>
      <main id="main" tabIndex={-1} className="mx-auto grid max-w-7xl gap-5 px-4 py-5 outline-none">
        {children}
      </main>
    </>
  );
}
