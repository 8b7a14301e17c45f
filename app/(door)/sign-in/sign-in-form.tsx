"use client";

import { useActionState } from "react";
import { Button } from "@/app/_components/button";
import { type SignInState, submitPassword } from "./actions";

/** Works without scripts too: it is a form, and its answer a page. */
export function SignInForm({ next }: { next: string }) {
  const [state, submit, pending] = useActionState<SignInState, FormData>(submitPassword, { kind: "fresh" });
  const problem = describe(state);
  return (
    <form action={submit} className="grid gap-4 rounded-lg border border-line bg-surface p-5">
      <input type="hidden" name="next" value={next} />
      {/* There is one operator; password managers want a name to keep the password under. */}
      <input type="text" name="username" autoComplete="username" defaultValue="operator" readOnly hidden />
      <label className="grid gap-1 font-medium">
        Password
        <input
          type="password"
          name="password"
          required
          autoComplete="current-password"
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? undefined : "sign-in-problem"}
          className="rounded border border-line-strong bg-ground px-3 py-2 font-normal"
        />
      </label>
      <p id="sign-in-problem" role="alert" className={problem === null ? "hidden" : "text-bad"}>
        {problem}
      </p>
      <Button type="submit" tone="primary" disabled={pending}>
        {pending ? "Signing in …" : "Sign in"}
      </Button>
    </form>
  );
}

function describe(state: SignInState): string | null {
  switch (state.kind) {
    case "fresh":
      return null;
    case "wrong_password":
      return "That is not the password.";
    case "limited":
      return `Too many tries. Wait ${state.minutes} ${state.minutes === 1 ? "minute" : "minutes"} and try again.`;
    case "unavailable":
      return "The database does not answer, so nobody can sign in now. Try again in a moment.";
    case "closed":
      return "The console is closed: this server has no password for it.";
  }
}
