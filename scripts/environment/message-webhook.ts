import { z } from "zod";
import type { Db } from "@/lib/db/client";
import type { KapsoWebhook } from "../sandbox/kapso-webhooks";

const messageSchema = z.object({
  id: z.string(),
  timestamp: z.string().transform((seconds) => new Date(Number(seconds) * 1000)),
  type: z.string(),
  text: z.object({ body: z.string() }).optional(),
  kapso: z.object({ direction: z.enum(["inbound", "outbound"]) }),
});

/**
 * Puts a message on record as the program that receives webhooks does: once, however often it is told, and the lead's
 * times only forward. `keepsIds: false` is a program that does not keep the provider's ids, and so has no way to know.
 */
export async function recordMessageByWebhook(
  db: Db,
  leadId: string,
  { body }: KapsoWebhook,
  { keepsIds = true }: { keepsIds?: boolean } = {},
): Promise<void> {
  const message = messageSchema.parse(body.message);
  const { direction } = message.kapso;
  await db.message.createMany({
    data: {
      ...{ leadId, channel: "whatsapp", direction, body: message.text?.body ?? "", sentAt: message.timestamp },
      ...{ externalId: keepsIds ? message.id : null, kind: message.type === "reaction" ? "reaction" : null },
    },
    skipDuplicates: true,
  });
  await db.$executeRaw`
    UPDATE "Lead" SET "lastActivityAt" = GREATEST("lastActivityAt", ${message.timestamp}::timestamptz),
      "lastInboundAt" = CASE WHEN ${direction} = 'inbound'
        THEN GREATEST("lastInboundAt", ${message.timestamp}::timestamptz) ELSE "lastInboundAt" END,
      "lastOutboundAt" = CASE WHEN ${direction} = 'outbound'
        THEN GREATEST("lastOutboundAt", ${message.timestamp}::timestamptz) ELSE "lastOutboundAt" END
    WHERE "id" = ${leadId}`;
}
