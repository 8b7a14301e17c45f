"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { requireOperator } from "@/app/_session/operator";
import { reconcileSingleLead, type SingleLeadResult } from "@/lib/appointment-reconcile/single-lead";
import { describeError } from "@/lib/core/errors";
import { startDeadline } from "@/lib/core/time";

export type ReconcileLeadState = { kind: "fresh" } | { kind: "asked"; tone: "good" | "warn" | "bad"; words: string };

const leadIdField = z.string().min(1).max(200);

/** Somebody waits for the answer, and one lead takes a few requests. */
const PATIENCE_MS = 30_000;

/** Reconciles one lead now, due or not, and says what came of it. */
export async function reconcileLead(_: ReconcileLeadState, form: FormData): Promise<ReconcileLeadState> {
  const { reconcile, log } = await requireOperator();
  const leadId = leadIdField.safeParse(form.get("leadId"));
  if (!leadId.success) return { kind: "asked", tone: "bad", words: "There is no such lead." };
  const deadline = startDeadline(PATIENCE_MS);
  try {
    const result = await reconcileSingleLead(reconcile, leadId.data, { deadline, source: "manual" });
    revalidatePath("/", "layout");
    return { kind: "asked", ...describe(result) };
  } catch (error) {
    log.error({ leadId: leadId.data, err: { message: describeError(error) } }, "lead could not be reconciled");
    return { kind: "asked", tone: "bad", words: "It could not be asked about: the database did not answer." };
  } finally {
    deadline.dispose();
  }
}

const OUTCOMES = {
  booked: "A meeting was found and is on record now.",
  canceled: "The meeting is gone, and so it stands on record now.",
  rescheduled: "The meeting was moved, and so it stands on record now.",
  updated: "The record was brought up to date.",
  unchanged: "The provider says the same as the record.",
} as const;

const REASONS: Record<string, string> = {
  nothing_to_ask_with: "There is nothing to ask the provider with: no contact, no address.",
  taken: "The meeting belongs to an older lead of the same person.",
  no_such_lead: "There is no such lead.",
  no_credentials: "The workspace has no credentials.",
  circuit_open: "The circuit is open: the provider is not asked now.",
  rate_limited: "The account is out of requests. Try again in a minute.",
  cut_off: "It took too long. Try again.",
  changed_meanwhile: "Somebody else changed the lead at the same moment. Try again.",
};

function describe(result: SingleLeadResult): { tone: "good" | "warn" | "bad"; words: string } {
  switch (result.kind) {
    case "checked":
      return { tone: "good", words: OUTCOMES[result.outcome] };
    case "failed":
      return { tone: "bad", words: `The provider could not be asked (${result.error?.kind ?? "internal"}).` };
    case "skipped":
    case "put_back":
      return { tone: "warn", words: REASONS[result.reason] ?? "Nothing was done." };
  }
}
