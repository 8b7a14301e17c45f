import { SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import type { Sandbox } from "../sandbox/sandbox";
import { addFollowUpLeads, type FollowUpLead, type StepOrder } from "./follow-up-leads";
import { CALL, EMAIL, SMS, WHATSAPP } from "./follow-up-words";
import { addFollowUpWorkspaces } from "./follow-up-workspaces";

/** Days of a sequence, as minutes: one to watch. */
const SEQUENCE: readonly StepOrder[] = [
  EMAIL,
  { ...SMS, minuteOffset: 2 },
  { ...CALL, minuteOffset: 1 },
  { ...WHATSAPP, minuteOffset: 2 },
  { ...EMAIL, dayOffset: 1, requiresApproval: true },
];

const LEADS_PER_WORKSPACE = 8;
/** So that every minute's tick has somebody to write to. */
const ONE_IS_DUE_EVERY_MS = 40 * SECOND_MS;

/** Puts leads into workspaces that write to them, their sequences beginning one after the other in the next minutes. */
export async function addSampleFollowUps(sandbox: Sandbox, db: Db): Promise<FollowUpLead[]> {
  const workspaces = Object.values(await addFollowUpWorkspaces(sandbox, db, new Date()));
  const orders = workspaces.flatMap((workspace) =>
    Array.from({ length: LEADS_PER_WORKSPACE }, (_, place) => {
      return { workspace, steps: SEQUENCE, dueInMs: place * ONE_IS_DUE_EVERY_MS };
    }),
  );
  return addFollowUpLeads(sandbox, db, orders);
}
