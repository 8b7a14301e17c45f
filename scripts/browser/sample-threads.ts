import { randomUUID } from "node:crypto";
import { computeChosenDelaySeconds } from "@/lib/background-jobs/delayed-auto-send";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { createRandom, type Random } from "../sandbox/random";

interface ThreadLead {
  id: string;
  workspace: { id: string };
}

/** The bounds that a campaign has by default. */
const DELAY_SECONDS = { min: 180, max: 420 };
const DAYS = 6;

/**
 * Each wrote once within the last days; the AI answered after its delay, in every third thread a person as well, in every
 * tenth nobody.
 */
export async function addSampleThreads(db: Db, leads: readonly ThreadLead[], ago: (ms: number) => Date): Promise<void> {
  const random = createRandom(19);
  const told = leads.map((lead, place) => {
    const writtenAt = ago((place % DAYS) * DAY_MS + 3 * HOUR_MS + place * 7 * MINUTE_MS);
    return tellThread(random, lead, { place, writtenAt });
  });
  await db.message.createMany({ data: told.flatMap(({ messages }) => messages) });
  await db.aIDraft.createMany({ data: told.map(({ draft }) => draft) });
  await db.backgroundJob.createMany({ data: told.map(({ job }) => job) });
  await addCampaigns(db, leads);
}

function tellThread(random: Random, lead: ThreadLead, { place, writtenAt }: { place: number; writtenAt: Date }) {
  const [messageId, draftId] = [randomUUID(), randomUUID()];
  const thread = { leadId: lead.id, channel: place % 2 === 0 ? "whatsapp" : "sms" };
  const after = (seconds: number) => new Date(writtenAt.getTime() + Math.round(seconds * SECOND_MS));
  const chosen = computeChosenDelaySeconds(messageId, DELAY_SECONDS.min, DELAY_SECONDS.max);
  const due = 6 + 20 * random() + chosen;
  const begun = due + 2 + 30 * random();
  const over = begun + 1 + 4 * random();
  const text = { ...thread, kind: "reply", body: "A few words." };
  const written = { ...text, id: messageId, direction: "inbound", sentAt: writtenAt };
  const byAi = { ...text, direction: "outbound", sentBy: "ai", aiDraftId: draftId, sentAt: after(over - 0.5) };
  const personSentAt = after((8 + 50 * random()) * 60);
  const byPerson = { ...text, direction: "outbound", sentBy: "setter", sentByUserId: "user-1", sentAt: personSentAt };
  const answers = place % 10 === 9 ? [] : [byAi, ...(place % 3 === 0 ? [byPerson] : [])];
  const job = { leadId: lead.id, messageId, draftId, clientId: lead.workspace.id, type: "AI_AUTO_SEND_DELAYED" };
  return {
    messages: [written, ...answers].map((message) => ({ ...message, createdAt: message.sentAt })),
    draft: { ...thread, id: draftId, triggerMessageId: messageId },
    job: { ...job, status: "DONE", runAt: after(due), startedAt: after(begun), finishedAt: after(over) },
  };
}

async function addCampaigns(db: Db, leads: readonly ThreadLead[]): Promise<void> {
  const campaigns = [...new Set(leads.map(({ workspace }) => workspace.id))].map((clientId) => ({
    ...{ id: randomUUID(), clientId },
    ...{ autoSendDelayMinSeconds: DELAY_SECONDS.min, autoSendDelayMaxSeconds: DELAY_SECONDS.max },
  }));
  await db.campaign.createMany({ data: campaigns.map((campaign) => ({ ...campaign, name: "Spring" })) });
  for (const { id: campaignId, clientId } of campaigns)
    await db.lead.updateMany({ where: { clientId }, data: { campaignId } });
}
