"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { requireOperator } from "@/app/_session/operator";
import { settleUncertainSend } from "@/lib/followups/store/settle-by-hand";

const fields = z.object({
  instanceId: z.string().min(1).max(200),
  round: z.iso.datetime(),
  stepOrder: z.coerce.number().int().min(1).max(10_000),
  verdict: z.enum(["sent", "not_sent"]),
});

/** Puts on record what somebody found out about a send. One that was settled meanwhile stays as it was settled. */
export async function settleSend(form: FormData): Promise<void> {
  const { db, clock, log } = await requireOperator();
  const { instanceId, round, stepOrder, verdict } = fields.parse(Object.fromEntries(form));
  const send = { instanceId, round: new Date(round), stepOrder };
  const settled = await settleUncertainSend(db, send, verdict, clock.now());
  log.info({ instanceId, stepOrder, verdict, settled }, "send settled by hand");
  revalidatePath("/follow-ups");
}
