import { type ClientBase, escapeIdentifier } from "pg";

type Row = Record<string, unknown>;

/**
 * What a writer with plain SQL has to give, table by table: exactly these columns are NOT NULL without a default. The
 * order is one in which the rows can be made; the values are the ones of a row that the constraints let in.
 */
export const REQUIRED_COLUMNS: Record<string, Row> = {
  Client: { name: "Acme" },
  Campaign: { clientId: idOf("Client"), name: "Spring" },
  Lead: { clientId: idOf("Client") },
  Appointment: {
    clientId: idOf("Client"),
    leadId: idOf("Lead"),
    provider: "GHL",
    externalId: "event-1",
    status: "confirmed",
    source: "webhook",
  },
  FollowUpSequence: { clientId: idOf("Client"), name: "No answer" },
  FollowUpStep: { sequenceId: idOf("FollowUpSequence"), stepOrder: 1, channel: "email" },
  FollowUpInstance: { leadId: idOf("Lead"), sequenceId: idOf("FollowUpSequence") },
  FollowUpTask: { leadId: idOf("Lead"), type: "call", dueDate: "2026-11-23T09:00:00Z" },
  Message: { leadId: idOf("Lead"), channel: "sms", direction: "inbound", sentAt: "2026-11-22T09:00:00Z" },
  AIDraft: { leadId: idOf("Lead"), channel: "sms" },
  BackgroundJob: {
    type: "AI_AUTO_SEND_DELAYED",
    clientId: idOf("Client"),
    leadId: idOf("Lead"),
    messageId: "message-gone",
    runAt: "2026-11-22T09:05:00Z",
  },
  ResponseTimingEvent: {
    clientId: idOf("Client"),
    leadId: idOf("Lead"),
    channel: "sms",
    inboundMessageId: "message-1",
    inboundSentAt: "2026-11-22T09:00:00Z",
    streakStartedAt: "2026-11-22T09:00:00Z",
    streakCount: 1,
  },
  LeadNote: { leadId: idOf("Lead"), content: "Called.", addedBy: "setter" },
  SyncHealth: { clientId: idOf("Client"), contactsChecked: 3, staleFound: 1, flagged: 1 },
  CronRun: {
    job: "followups",
    trigger: "cron",
    status: "running",
    dryRun: false,
    startedAt: "2026-11-22T09:00:00Z",
  },
};

/** A row of each table, from its required columns alone; each points at the one before it that it needs. */
export async function insertEverything(client: ClientBase): Promise<void> {
  for (const table of Object.keys(REQUIRED_COLUMNS)) await insert(client, table, {});
}

/** A row of the table from its required columns and `extra`, after the rows that it may point at. */
export async function insertWithParents(client: ClientBase, table: string, extra: Row = {}): Promise<void> {
  const tables = Object.keys(REQUIRED_COLUMNS);
  for (const parent of tables.slice(0, tables.indexOf(table))) await insert(client, parent, {});
  await insert(client, table, extra);
}

async function insert(client: ClientBase, table: string, extra: Row): Promise<void> {
  const isPointedAt = Object.values(REQUIRED_COLUMNS).some((row) => Object.values(row).includes(idOf(table)));
  const row = { ...REQUIRED_COLUMNS[table], ...(isPointedAt ? { id: idOf(table) } : {}), ...extra };
  const columns = Object.keys(row).map((name) => escapeIdentifier(name));
  const places = columns.map((_, index) => `$${index + 1}`);
  await client.query(`INSERT INTO ${escapeIdentifier(table)} (${columns}) VALUES (${places})`, Object.values(row));
}

/** A row that others point at has its table's name for an id. */
function idOf(table: string): string {
  return `the-${table}`;
}
