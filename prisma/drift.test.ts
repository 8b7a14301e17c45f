import { Client, escapeIdentifier } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyMigrations, diffToDatamodel } from "@/scripts/postgres/migrations";
import { insertEverything, insertWithParents, REQUIRED_COLUMNS } from "@/scripts/testing/contract-rows";
import { WORDS } from "@/scripts/testing/contract-words";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";

/** The indexes that are written by hand, because schema.prisma cannot say them: partial, on expressions, NULLS FIRST. */
const HAND_WRITTEN_INDEXES = [
  "Alert_pending_idx",
  "BackfillLead_failed_idx",
  "Client_reconcile_turn_idx",
  "CronRun_dry_idx",
  "CronRun_running_idx",
  "CronRun_success_idx",
  "FollowUpInstance_active_idx",
  "FollowUpInstance_due_idx",
  "FollowUpInstance_open_idx",
  "FollowUpInstance_paused_idx",
  "FollowUpSend_day_key",
  "FollowUpSend_sending_idx",
  "FollowUpSend_unknown_idx",
  "FollowUpTask_rescheduled_idx",
  "Lead_backfill_idx",
  "Lead_confirmed_end_idx",
  "Lead_email_idx",
  "Lead_ended_unseen_idx",
  "Lead_inbound_idx",
  "Lead_lost_meeting_idx",
  "Lead_marked_booked_idx",
  "Lead_meeting_booked_idx",
  "Lead_phone_idx",
  "Lead_retry_idx",
  "Lead_said_booked_idx",
  "Lead_snoozed_idx",
  "Lead_stale_turn_idx",
  "Lead_unhydrated_idx",
  "Lead_unmarked_meeting_idx",
  "Lead_warm_idx",
  "Message_inbound_idx",
  "Message_whatsapp_idx",
];

/** Tables besides those that other programs write. */
const BACKFILLS = ["BackfillRun", "BackfillCursor", "BackfillLead"];
const JOBS = [
  "Lease",
  "RateLimit",
  "Circuit",
  "SignInWindow",
  "FollowUpSend",
  "ConversationMark",
  "ResponseTimingChange",
  "ProcessorMark",
];
const ALARMS = ["Alarm", "Alert"];
const INFRASTRUCTURE = [...JOBS, ...BACKFILLS, ...ALARMS, "_prisma_migrations"];

/** The words of those tables, whose lists are in their migrations. */
const OWN_CHECKS = [
  ...[...BACKFILLS, "FollowUpSend"].map((table) => `${table}_status_check`),
  ...["Alarm_state_check", "Alert_state_check", "Alert_status_check"],
];

/** What is written by hand because schema.prisma knows neither: what changes threads of messages notes them. */
const NOTING = { Message: "messages", AIDraft: "drafts", BackgroundJob: "jobs" };
const TRIGGERS = [
  ...Object.entries(NOTING).flatMap(([table, what]) => [
    `${table}: ResponseTiming_delete calls response_timing_note_${what}`,
    `${table}: ResponseTiming_insert calls response_timing_note_${what}`,
    `${table}: ResponseTiming_truncate calls response_timing_note_truncation`,
    `${table}: ResponseTiming_update calls response_timing_note_${what}`,
  ]),
  "Lead: ResponseTiming_refile calls response_timing_refile_events",
];
const FUNCTIONS = [
  "leadline_phone_digits",
  "response_timing_chosen_delay",
  "response_timing_eligible",
  "response_timing_note_drafts",
  "response_timing_note_jobs",
  "response_timing_note_messages",
  "response_timing_note_truncation",
  "response_timing_refile_events",
  "response_timing_triggers",
];

let database: TestDatabase;
let client: Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe("the migrations", () => {
  it("lead to schema.prisma, no more and no less", async () => {
    expect(await diffToDatamodel(database.url)).toBe("");
  });

  it.each([
    ["a column too many", `ALTER TABLE "Lead" ADD COLUMN "extra" text`, `DROP COLUMN "extra"`],
    ["a column too few", `ALTER TABLE "Lead" DROP COLUMN "phone"`, `ADD COLUMN     "phone" TEXT`],
    ["a default too few", `ALTER TABLE "Lead" ALTER "status" DROP DEFAULT`, `ALTER COLUMN "status" SET DEFAULT 'new'`],
    ["an index too few", `DROP INDEX "Lead_campaignId_idx"`, `CREATE INDEX "Lead_campaignId_idx"`],
    ["an index too many", `CREATE INDEX "odd_idx" ON "Lead" ("phone")`, `DROP INDEX "odd_idx"`],
  ])("would be seen to differ by %s", async (_, statement, remedy) => {
    const drifted = await createTestDatabase();
    const drifting = new Client({ connectionString: drifted.url });
    await drifting.connect();
    await drifting.query(statement);
    await drifting.end();
    expect(await diffToDatamodel(drifted.url)).toContain(remedy);
    await drifted.drop();
  });

  it("apply nothing the second time", async () => {
    expect(await applyMigrations(database.url)).toEqual([]);
  });

  it("make the indexes that Prisma cannot express, and no others of that kind", async () => {
    const found = await column(`
      SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
      WHERE c.relnamespace = 'public'::regnamespace
        AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL OR '2' = ANY (i.indoption::text[]))
      ORDER BY c.relname COLLATE "C"`);
    expect(found).toEqual(HAND_WRITTEN_INDEXES);
  });
});

describe("triggers", () => {
  it("are those written by hand, and fire also where a session replays or restores", async () => {
    const found = await column(`
      SELECT concat(c.relname, ': ', t.tgname, ' calls ', p.proname) FROM pg_trigger t
      JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE NOT t.tgisinternal AND t.tgenabled = 'A'`);
    expect(found.sort()).toEqual(TRIGGERS.toSorted());
  });

  it("have functions that are found whatever a writer's search_path, and that need no rights of the writer's", async () => {
    const found = await column(`
      SELECT p.proname FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace ORDER BY p.proname COLLATE "C"`);
    expect(found).toEqual(FUNCTIONS);
    const unsafe = await column(`
      SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE NOT t.tgisinternal AND NOT (p.prosecdef AND p.proconfig @> ARRAY['search_path=public, pg_temp'])`);
    expect(unsafe).toEqual([]);
  });
});

describe("words", () => {
  it("are checked on the columns that have a list, and on no others", async () => {
    const found = await column(`SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0`);
    expect(found.filter((name) => !OWN_CHECKS.includes(name)).sort()).toEqual(Object.keys(WORDS).map(nameCheck).sort());
  });

  it.each(Object.entries(WORDS))("of %s are those of the list", async (name, words) => {
    const query = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1";
    const [definition = ""] = await column(query, [nameCheck(name)]);
    expect([...definition.matchAll(/'([^']*)'/g)].map(([, word]) => word)).toEqual(words);
  });

  it.each(Object.keys(WORDS))("of %s are refused when nobody knows them", async (name) => {
    const [table = "", columnName = ""] = name.split(".");
    await insideRollback(async () => {
      const insertion = insertWithParents(client, table, { [columnName]: "unheard-of" });
      await expect(insertion).rejects.toThrow(nameCheck(name));
    });
  });
});

describe("a writer with plain SQL", () => {
  it("knows every table", async () => {
    const found = await column(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    expect(found.sort()).toEqual([...Object.keys(REQUIRED_COLUMNS), ...INFRASTRUCTURE].sort());
  });

  it.each(Object.entries(REQUIRED_COLUMNS))("has to give just the required columns of %s", async (table, values) => {
    const found = await column(
      `SELECT column_name FROM information_schema.columns
       WHERE table_schema = 'public' AND table_name = $1 AND is_nullable = 'NO' AND column_default IS NULL`,
      [table],
    );
    expect(found.sort()).toEqual(Object.keys(values).sort());
  });

  it.each(Object.keys(REQUIRED_COLUMNS))("makes a row of %s with no more than those", async (table) => {
    await insideRollback(async () => {
      await insertWithParents(client, table);
      const rows = await client.query(`SELECT "createdAt", "updatedAt" FROM ${escapeIdentifier(table)}`);
      expect(rows.rows).toEqual([{ createdAt: expect.any(Date), updatedAt: expect.any(Date) }]);
    });
  });

  it("finds every time to be timestamptz(3)", async () => {
    const types = await column(`
      SELECT DISTINCT format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relname <> '_prisma_migrations'
      WHERE c.relnamespace = 'public'::regnamespace AND format_type(a.atttypid, NULL) ~ 'time|date|interval'`);
    expect(types.sort()).toEqual(["timestamp(3) with time zone", "timestamp(3) with time zone[]"]);
  });
});

describe("references", () => {
  it("are foreign keys only to clients, leads, campaigns, sequences and instances", async () => {
    const found = await column(
      `SELECT DISTINCT a.attname FROM pg_constraint c
       JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
       WHERE c.contype = 'f' AND c.conrelid <> ALL ($1::text[]::regclass[])`,
      [BACKFILLS.map((table) => `"${table}"`)],
    );
    expect(found.sort()).toEqual(["campaignId", "clientId", "instanceId", "leadId", "sequenceId"]);
  });

  it.each(["Client", "Lead"])("let a %s go with all that hangs on it", async (table) => {
    await insideRollback(async () => {
      await insertEverything(client);
      await client.query(`DELETE FROM ${escapeIdentifier(table)}`);
      const tables = Object.entries(REQUIRED_COLUMNS).filter(([, values]) => `${table.toLowerCase()}Id` in values);
      for (const [dependent] of tables)
        expect(await column(`SELECT id FROM ${escapeIdentifier(dependent)}`)).toEqual([]);
    });
  });

  it("to messages, drafts and jobs may dangle", async () => {
    await insideRollback(async () => {
      await insertEverything(client);
      await client.query(`DELETE FROM "Message"; DELETE FROM "AIDraft"; DELETE FROM "BackgroundJob"`);
      expect(await column(`SELECT id FROM "ResponseTimingEvent"`)).toHaveLength(1);
    });
  });
});

/** PostgreSQL's own way to name the check of a column. */
function nameCheck(column: string): string {
  return `${column.replace(".", "_")}_check`;
}

/** Each test finds the tables empty and leaves them so. */
async function insideRollback(work: () => Promise<void>): Promise<void> {
  await client.query("BEGIN");
  try {
    await work();
  } finally {
    await client.query("ROLLBACK");
  }
}

/** The first column of a query's rows, as text. */
async function column(query: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await client.query({ text: query, values, rowMode: "array" });
  return rows.map((row) => String(row[0]));
}
