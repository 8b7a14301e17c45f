"use client";

import { useActionState } from "react";
import { Badge } from "@/app/_components/badge";
import { Button } from "@/app/_components/button";
import { type ReconcileLeadState, reconcileLead } from "../actions";

/** Asks the provider about one lead now. The answer stands beside the button and is read out. */
export function ReconcileButton({ leadId, name }: { leadId: string; name: string }) {
  const [state, submit, pending] = useActionState<ReconcileLeadState, FormData>(reconcileLead, { kind: "fresh" });
  return (
    <form action={submit} className="flex flex-wrap items-center gap-2">
      <input type="hidden" name="leadId" value={leadId} />
      <Button
        type="submit"
        className="min-h-8 px-2 py-1 text-sm"
        disabled={pending}
        aria-label={`Reconcile ${name} now`}
      >
        {pending ? "Asking …" : "Reconcile"}
      </Button>
      <span role="status" className="empty:hidden">
        {state.kind === "asked" && <Badge tone={state.tone}>{state.words}</Badge>}
      </span>
    </form>
  );
}
