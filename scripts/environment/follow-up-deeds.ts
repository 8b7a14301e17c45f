import type { Db } from "@/lib/db/client";
import type { FollowUpLead } from "./follow-up-leads";

/** What the other programs of the CRM write when a lead, or somebody at the workspace, does something. */

/** The lead answers by text message, and its webhook gets through. */
export async function recordReply(db: Db, { id: leadId }: FollowUpLead): Promise<void> {
  const now = new Date();
  const data = { leadId, channel: "sms", direction: "inbound", body: "Not now, thank you", sentAt: now };
  await db.message.create({ data });
  await db.lead.update({ where: { id: leadId }, data: { lastInboundAt: now, lastActivityAt: now } });
}

/** Somebody asks to leave the lead alone until then; a time that is past wakes it up. */
export async function snoozeUntil(db: Db, { id }: FollowUpLead, until: Date): Promise<void> {
  await db.lead.update({ where: { id }, data: { snoozedUntil: until } });
}

/** So much time passes for the lead that its next step is due. */
export async function fallDue(db: Db, { instanceId: id }: FollowUpLead): Promise<void> {
  await db.followUpInstance.updateMany({ where: { id, status: "active" }, data: { nextStepDue: new Date() } });
}
