import type { Db } from "@/lib/db/client";
import type { GhlMessageType } from "../../sandbox/ghl-outbox";
import { digitsOf, nameOfPerson } from "../../sandbox/kapso-model";
import type { Sandbox } from "../../sandbox/sandbox";
import type { Stage } from "./stage";

/** A message that somebody really got, as the provider that passed it on remembers it. */
export interface Delivery {
  readonly channel: "email" | "sms" | "whatsapp";
  readonly through: "HighLevel" | "Kapso";
  readonly externalId: string;
  /** An e-mail's subject goes before its text. */
  readonly words: string;
  readonly at: Date;
  /** Null for somebody who is in no plot. */
  readonly leadId: string | null;
}

/** What is on record of a lead, as far as it is compared. */
export type StoredLead = Awaited<ReturnType<typeof readStored>>[number];

export interface Witnessed {
  readonly deliveries: readonly Delivery[];
  readonly stored: readonly StoredLead[];
}

/** What the stage's leads really got, and all that hangs on them in the database. */
export async function witness(stage: Stage, sandbox: Sandbox, db: Db): Promise<Witnessed> {
  return { deliveries: findDeliveries(stage, sandbox), stored: await readStored(stage, db) };
}

const CHANNELS: Record<GhlMessageType, Delivery["channel"]> = { Email: "email", SMS: "sms", WhatsApp: "whatsapp" };

/** Everything that the stage's workspaces sent, in the order of each provider. */
function findDeliveries({ workspaces, parts }: Stage, { ghl, kapso }: Sandbox): Delivery[] {
  const leads = parts.map(({ actor }) => actor.lead);
  const locations = new Set(workspaces.map(({ locationId }) => locationId));
  const numbers = new Set(workspaces.map(({ kapsoNumberId }) => kapsoNumberId));
  const byHighLevel = ghl.outbox.deliveries().filter(({ locationId }) => locations.has(locationId));
  const byKapso = kapso.deliveries().filter(({ conversation }) => numbers.has(conversation.number.id));
  return [
    ...byHighLevel.map(({ id: externalId, type, subject, body, contactId, at }): Delivery => {
      const leadId = leads.find((lead) => lead.contactId === contactId)?.id ?? null;
      const words = subject === null ? body : `${subject}: ${body}`;
      return { channel: CHANNELS[type], through: "HighLevel", externalId, words, at, leadId };
    }),
    ...byKapso.map(({ id: externalId, body: words, conversation, at }): Delivery => {
      const phone = nameOfPerson(conversation.person);
      const isIts = (lead: (typeof leads)[number]) =>
        lead.workspace.kapsoNumberId === conversation.number.id && digitsOf(lead.phone) === phone;
      const leadId = leads.find(isIts)?.id ?? null;
      return { channel: "whatsapp", through: "Kapso", externalId, words, at, leadId };
    }),
  ];
}

async function readStored({ parts }: Stage, db: Db) {
  return db.lead.findMany({
    where: { id: { in: parts.map(({ actor }) => actor.lead.id) } },
    include: { messages: true, followUpInstances: true, followUpTasks: true, followUpSends: true },
  });
}
