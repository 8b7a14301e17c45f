import {
  countContacts,
  countDueForFlag,
  dueForFlag,
  type FlagOrder,
  matchContacts,
} from "@/lib/background-sync/store/contacts";
import { compareMessages, findNewestMessage } from "@/lib/background-sync/store/messages";
import { createDb, type Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";

const ROUNDS = 7;
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
export async function benchBackgroundSync(sizes: readonly number[]): Promise<void> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const db = createDb(server.url);
  try {
    print(`Background sync: one workspace, up to ${BATCH_SIZE} flags, pages of ${PAGE_SIZE}`);
    for (const size of sizes) {
      await seed(db, size);
      print(`  ${String(size).padStart(9)} contacts: ${await lookupsMs(db, size)}`);
      for (const [name, state] of Object.entries(CASES)) {
        await setState(db, state, name.endsWith("today"));
        const counts = await medianMs(() => countContacts(db, ORDER));
        const flags = await medianMs(() => countDueForFlag(db, ORDER));
        print(`             ${name}: counts ${counts.toFixed(1)} ms, choice of flags ${flags.toFixed(1)} ms`);
      }
      if (size === Math.max(...sizes)) await printPlan(db, dueForFlag(ORDER));
    }
  } finally {
    await db.$disconnect();
    await server.stop();
  }
}

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

async function lookupsMs(db: Db, size: number): Promise<string> {
  const some = Array.from({ length: PAGE_SIZE }, (_, index) => 1 + Math.floor((index * size) / PAGE_SIZE));
  const phones = some.map((n) => `1555${String(n).padStart(7, "0")}`);
  const matched = await medianMs(() => matchContacts(db, "w1", phones));
  const messages = some.map((n) => ({
    ...({ id: `wamid.${n}.9`, direction: "inbound", kind: null, body: "", deliveryStatus: null } as const),
    sentAt: new Date(Math.floor(Date.now() / 1000) * 1000),
  }));
  const compared = await medianMs(() => compareMessages(db, { workspaceId: "w1", leadId: "l1", messages }));
  const newest = await medianMs(() => findNewestMessage(db, "w1", new Date(Date.now() - 3_600_000)));
  const figures = { "whose phones": matched, "what is missing": compared, "the newest message": newest };
  return Object.entries(figures)
    .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
    .join(", ");
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

async function printPlan(db: Db, query: Prisma.Sql): Promise<void> {
  const rows = await db.$queryRaw<Record<string, string>[]>(Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF) ${query}`);
  for (const row of rows) print(`    ${Object.values(row)[0]}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
