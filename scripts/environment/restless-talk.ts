import { SECOND_MS } from "@/lib/core/time";
import type { Db } from "@/lib/db/client";
import { createRandom, pickOne, type Random } from "../sandbox/random";
import type { Sandbox } from "../sandbox/sandbox";
import { carryWebhooks } from "./correspondence";
import type { TalkingLead, TalkingWorkspace } from "./sample-conversations";

/** Of so many webhooks one is lost: often enough that the hourly sync has something to find. */
const LOST_SHARE = 0.2;
/** The rest of what people say, they say by text message, where no webhook is needed. */
const WHATSAPP_SHARE = 0.6;

/**
 * Lets leads write, and lets people answer those who wait, on WhatsApp or by text message. Returns what makes one thing
 * happen and says what it was. A webhook that is lost leaves nothing on record.
 */
export function createRestlessTalk(
  workspaces: readonly TalkingWorkspace[],
  { sandbox, db }: { sandbox: Sandbox; db: Db },
  random: Random = createRandom(Date.now()),
) {
  const [first, ...others] = workspaces.flatMap((workspace) => workspace.leads.map((lead) => ({ workspace, lead })));
  if (!first) throw new Error("a world without people is silent");
  const waiting = new Map<string, { workspace: TalkingWorkspace; lead: TalkingLead; channel: "whatsapp" | "sms" }>();
  return async (): Promise<string> => {
    const [longest] = waiting.values();
    const answers = longest !== undefined && random() < 0.5;
    const { workspace, lead } = answers ? longest : pickOne(random, [first, ...others]);
    const channel = answers ? longest.channel : random() < WHATSAPP_SHARE ? "whatsapp" : "sms";
    if (answers) waiting.delete(lead.id);
    else waiting.set(lead.id, { workspace, lead, channel });
    const direction = answers ? "outbound" : "inbound";
    const told = answers ? `${workspace.name} answers ${lead.name}` : `${lead.name} writes to ${workspace.name}`;
    if (channel === "sms") {
      await recordTextMessage(db, lead, direction);
      return `${told} by text message`;
    }
    const speak = answers ? sandbox.kapso.send : sandbox.kapso.receive;
    const message = speak.call(sandbox.kapso, workspace.number.id, lead.person);
    const luck = { dropped: LOST_SHARE };
    const [said] = await carryWebhooks(db, { workspace, lead, round: 0 }, [message], { luck, random });
    return `${told} on WhatsApp${said?.lost ? ", and the webhook is lost" : ""}`;
  };
}

/** A text message, as the program that exchanges them puts it on record: it knows which person of ours has written. */
async function recordTextMessage(db: Db, { id: leadId }: TalkingLead, direction: "inbound" | "outbound") {
  const sentAt = new Date(Math.floor(Date.now() / SECOND_MS) * SECOND_MS);
  const from = direction === "inbound" ? {} : { sentBy: "setter", sentByUserId: "user-1" };
  await db.message.create({
    data: { leadId, channel: "sms", direction, kind: "reply", ...from, body: "Hello", sentAt },
  });
  await db.lead.update({ where: { id: leadId }, data: { lastActivityAt: sentAt } });
}
