import { HOUR_MS } from "@/lib/core/time";
import { createDb, type Db } from "@/lib/db/client";
import { applyMigrations } from "../postgres/migrations";
import { acquireDatabaseServer } from "../postgres/server";
import type { GhlLimits } from "../sandbox/ghl-model";
import { type Sandbox, startSandbox } from "../sandbox/sandbox";

/** A database and instant providers, for as long as a benchmark takes. */
export interface BenchStage {
  db: Db;
  sandbox: Sandbox;
  environment: Record<string, string>;
  close(): Promise<void>;
}

/** The provider is to be no limit: neither its own nor ours. */
const PLENTY = { burst: { requests: 10_000_000, windowMs: 10_000 }, daily: { requests: 1e9, windowMs: 86_400_000 } };

export async function openStage(): Promise<BenchStage> {
  const server = await acquireDatabaseServer();
  await applyMigrations(server.url);
  const sandbox = await startSandbox();
  const db = createDb(server.url);
  const environment = {
    DATABASE_URL: server.url,
    GHL_API_BASE_URL: sandbox.urls.ghl,
    CALENDLY_API_BASE_URL: sandbox.urls.calendly,
    GHL_REQUESTS_PER_10S: "10000",
    RECONCILE_WORKSPACE_CONCURRENCY: "4",
    RECONCILE_LEAD_CONCURRENCY: "8",
    LOG_LEVEL: "silent",
  };
  return {
    db,
    sandbox,
    environment,
    async close() {
      await db.$disconnect();
      await sandbox.stop();
      await server.stop();
    },
  };
}

/** Leads are written this many at a time. */
const SEED_BATCH = 5_000;

export interface Seeding {
  workspaces: number;
  /** In all of them together. */
  leads: number;
  /** Of each workspace's location; out of the way unless they are named. */
  limits?: Partial<GhlLimits>;
  /** Whether each lead has a meeting ahead, which it has by default. */
  withMeetings?: boolean;
}

/** Workspaces of equal size, every lead known to the provider. */
export async function seedWorkspaces({ db, sandbox }: BenchStage, seeding: Seeding): Promise<void> {
  const { workspaces, leads, limits = PLENTY, withMeetings = true } = seeding;
  for (let workspace = 0; workspace < workspaces; workspace++) {
    const { id, token } = sandbox.ghl.addLocation({ limits });
    const name = `Workspace ${workspace}`;
    const client = await db.client.create({ data: { name, ghlLocationId: id, ghlPrivateKey: token } });
    const rows = Array.from({ length: Math.ceil(leads / workspaces) }, (_, index) => {
      const contact = sandbox.ghl.addContact(id);
      const start = new Date(Date.now() + (24 + (index % 200)) * HOUR_MS);
      start.setMilliseconds(0);
      if (withMeetings) sandbox.ghl.book(contact.id, { start });
      return { clientId: client.id, ghlContactId: contact.id, lastInboundAt: new Date() };
    });
    for (let from = 0; from < rows.length; from += SEED_BATCH) {
      await db.lead.createMany({ data: rows.slice(from, from + SEED_BATCH) });
    }
  }
  await db.$executeRaw`ANALYZE`;
}
