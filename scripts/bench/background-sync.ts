import { compareMessages } from "@/lib/background-sync/store/comparison";
import {
  countContacts,
  countDueForFlag,
  dueForFlag,
  type FlagOrder,
  matchContacts,
} from "@/lib/background-sync/store/contacts";
import { findNewestMessage } from "@/lib/background-sync/store/messages";
import type { Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { medianMs, notePlan, withDatabase } from "./measure";
import type { BenchPart } from "./report";

const BATCH_SIZE = 50;
/** Conversations and messages come in pages of so many. */
const PAGE_SIZE = 100;

/** What is stored about the contacts of one workspace, from the kindest to the worst for whoever looks for the stale. */
const CASES = {
  "all stale, none flagged yet": Prisma.sql`"lastActivityAt" = now() - interval '3 days', "staleFlaggedAt" = NULL`,
  "all active": Prisma.sql`"lastActivityAt" = now(), "staleFlaggedAt" = NULL`,
  "all stale, all flagged today": Prisma.sql`"lastActivityAt" = now() - interval '3 days', "staleFlaggedAt" = now()`,
} as const;

/**
 * What background sync asks the database in a workspace of so many contacts, with five messages each: medians, and at
 * the largest size the plan.
 */
export const backgroundSyncPart: BenchPart = {
  title: () => `Background sync: one workspace, up to ${BATCH_SIZE} flags, pages of ${PAGE_SIZE}`,
  measure: (report, quick) =>
    withDatabase(async (db) => {
      const sizes = quick ? [10_000] : [10_000, 100_000];
      for (const size of sizes) {
        const add = (what: string, value: number) =>
          report.add({ what: `${size} contacts: ${what}`, value, unit: "ms" });
        await seed(db, size);
        for (const [what, ms] of Object.entries(await lookupsMs(db, size))) add(what, ms);
        for (const [name, state] of Object.entries(CASES)) {
          await setState(db, state, name.endsWith("today"));
          add(`counts, ${name}`, await medianMs(() => countContacts(db, ORDER)));
          add(`choice of flags, ${name}`, await medianMs(() => countDueForFlag(db, ORDER)));
        }
        if (size === Math.max(...sizes)) await notePlan(report, db, dueForFlag(ORDER));
      }
    }),
};

const ORDER: FlagOrder = { workspaceId: "w1", staleMs: 3_600_000, batchSize: BATCH_SIZE, except: [] };

async function seed(db: Db, contacts: number): Promise<void> {
  await db.client.deleteMany({});
  await db.client.create({ data: { id: "w1", name: "Workspace" } });
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "phone", "lastActivityAt")
    SELECT 'l' || g, 'w1', '+1 (555) ' || lpad(g::text, 7, '0'), now() - interval '3 days'
    FROM generate_series(1, ${contacts}::int) g`;
  await db.$executeRaw`
    INSERT INTO "Message" ("leadId", "channel", "direction", "externalId", "sentAt")
    SELECT 'l' || g, 'whatsapp', 'inbound', 'wamid.' || g || '.' || n, now() - interval '1 minute' * n
    FROM generate_series(1, ${contacts}::int) g, generate_series(1, 5) n`;
  await db.$executeRaw`VACUUM ANALYZE "Lead"`;
  await db.$executeRaw`ANALYZE`;
}

async function setState(db: Db, state: Prisma.Sql, isFlagged: boolean): Promise<void> {
  await db.leadNote.deleteMany({});
  await db.$executeRaw`UPDATE "Lead" SET ${state}`;
  if (isFlagged) {
    await db.$executeRaw`
      INSERT INTO "LeadNote" ("leadId", "content", "addedBy")
      SELECT "id", 'Sync check: No activity for 72 hours', 'background-sync' FROM "Lead"`;
  }
  await db.$executeRaw`VACUUM ANALYZE "Lead"`;
  await db.$executeRaw`ANALYZE "LeadNote"`;
}

async function lookupsMs(db: Db, size: number): Promise<Record<string, number>> {
  const some = Array.from({ length: PAGE_SIZE }, (_, index) => 1 + Math.floor((index * size) / PAGE_SIZE));
  const phones = some.map((n) => `1555${String(n).padStart(7, "0")}`);
  const matched = await medianMs(() => matchContacts(db, "w1", phones));
  const messages = some.map((n) => ({
    ...({ id: `wamid.${n}.9`, direction: "inbound", kind: null, body: "", deliveryStatus: null } as const),
    sentAt: new Date(Math.floor(Date.now() / 1000) * 1000),
  }));
  const compared = await medianMs(() => compareMessages(db, { workspaceId: "w1", leadId: "l1", messages }));
  const newest = await medianMs(() => findNewestMessage(db, "w1", new Date(Date.now() - 3_600_000)));
  return { "whose phones": matched, "what is missing": compared, "the newest message": newest };
}
