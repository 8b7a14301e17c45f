import { MINUTE_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { createRandom, pickOne, type Random } from "../sandbox/random";
import { recordReply, snoozeUntil } from "./follow-up-deeds";
import type { FollowUpLead } from "./follow-up-leads";

/** Long enough that a step falls due meanwhile, short enough to see it resumed. */
const SNOOZED_FOR_MS = 10 * MINUTE_MS;

/**
 * Lets the leads in sequences reply, snooze and wake up, and their webhooks get through. Returns what makes one thing
 * happen and says what it was.
 */
export function createRestlessInboxes(
  db: Db,
  leads: readonly FollowUpLead[],
  random: Random = createRandom(Date.now()),
): () => Promise<string> {
  const [first, ...others] = leads;
  if (!first) throw new Error("there are no inboxes without people");
  const snoozed = new Map<string, FollowUpLead>();
  const wake = async ([lead]: readonly FollowUpLead[]): Promise<string | null> => {
    if (!lead) return null;
    snoozed.delete(lead.id);
    await snoozeUntil(db, lead, new Date());
    return `${lead.name} is not to be left alone any longer, at ${lead.workspace.name}`;
  };
  return async () => {
    const deed = pickOne(random, ["reply", "snooze", "wake"]);
    const woken = deed === "wake" ? await wake([...snoozed.values()]) : null;
    if (woken !== null) return woken;
    const lead = pickOne(random, [first, ...others]);
    if (deed === "reply") {
      await recordReply(db, lead);
      return `${lead.name} replies to ${lead.workspace.name}`;
    }
    snoozed.set(lead.id, lead);
    await snoozeUntil(db, lead, new Date(Date.now() + SNOOZED_FOR_MS));
    return `${lead.name} is to be left alone for a while, at ${lead.workspace.name}`;
  };
}
