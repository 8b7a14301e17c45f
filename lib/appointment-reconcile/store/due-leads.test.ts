import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { Prisma } from "@/prisma/generated/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { dueTimesAt } from "../eligibility";
import { dueLeadsQuery, findDueLeads, findWorkspacesWithDueLeads, workspacesQuery } from "./due-leads";

const WORKSPACES = 40;
/** Of each workspace so many are over, and as many ahead. */
const MEETINGS = 100;
const IN_SEQUENCE = 3_000;

const workspaces = Array.from({ length: WORKSPACES }, (_, index) => ({
  id: `w${index + 1}`,
  provider: "GHL" as const,
}));
const BUSY = { id: "w1", provider: "GHL" } as const;
const QUIET = { id: "w2", provider: "GHL" } as const;

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb(database.url);
  await seed();
});
afterAll(async () => {
  await db.$disconnect();
  await database.drop();
});

/**
 * One workspace has very many leads in a sequence, and every one has meetings ahead: all of those were checked just now.
 * The meetings that are over are of leads who have never written.
 */
async function seed(): Promise<void> {
  const ids = workspaces.map(({ id }) => id);
  await db.client.createMany({ data: ids.map((id) => ({ id, name: id, ghlLocationId: id, ghlPrivateKey: "key" })) });
  await db.followUpSequence.createMany({ data: ids.map((id) => ({ id: `s-${id}`, clientId: id, name: "Nudge" })) });
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "ghlContactId", "appointmentLastCheckedAt", "appointmentStatus",
      "appointmentStartAt", "appointmentEndAt")
    SELECT w || '-met-' || n * day, w, w || n * day, CASE day WHEN 1 THEN now() END, 'confirmed',
      now() + day * interval '1 day', now() + day * interval '1 day'
    FROM unnest(${ids}::text[]) w, generate_series(1, ${MEETINGS}::int) n, (VALUES (1), (-1)) d(day)`;
  await db.$executeRaw`
    INSERT INTO "Lead" ("id", "clientId", "ghlContactId", "lastInboundAt", "appointmentLastCheckedAt")
    SELECT 'hot-' || n, ${BUSY.id}, 'hot-' || n, now(), now() FROM generate_series(1, ${IN_SEQUENCE}::int) n`;
  await db.$executeRaw`
    INSERT INTO "FollowUpInstance" ("leadId", "sequenceId")
    SELECT 'hot-' || n, 's-' || ${BUSY.id} FROM generate_series(1, ${IN_SEQUENCE}::int) n`;
  await db.$executeRaw`ANALYZE`;
}

const times = () => dueTimesAt(new Date(), { hotMinutes: 1, staleDays: 7 });

describe("the choice of workspaces", () => {
  it("finds nobody where nobody is due", async () => {
    expect(await findWorkspacesWithDueLeads(db, workspaces, times())).toEqual(new Set());
  });

  it("reads the leads in sequences and with meetings ahead once, and nothing of meetings that have ended", async () => {
    const read = await rowsReadBy(workspacesQuery(workspaces, times()));
    expect(read).toMatchObject({ FollowUpInstance: IN_SEQUENCE });
    expect(read["Lead"]).toBeLessThanOrEqual(IN_SEQUENCE + WORKSPACES * MEETINGS);
  });

  it("looks each workspace up, and gathers nobody's leads beforehand", async () => {
    expect(JSON.stringify(await explain(workspacesQuery(workspaces, times())))).not.toContain("hashed SubPlan");
  });
});

describe("a page of due leads", () => {
  it("has nobody in it where nobody is due", async () => {
    expect(await findDueLeads(db, BUSY, times(), 50)).toEqual([]);
  });

  it("reads the leads in the workspace's sequences, and nothing of the others' or of meetings that have ended", async () => {
    expect(await rowsReadBy(dueLeadsQuery(BUSY, times(), 50))).toEqual({
      FollowUpInstance: IN_SEQUENCE,
      Lead: IN_SEQUENCE + MEETINGS,
    });
    expect(await rowsReadBy(dueLeadsQuery(QUIET, times(), 50))).toEqual({ FollowUpInstance: 0, Lead: MEETINGS });
  });
});

interface PlanNode {
  "Relation Name"?: string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Rows Removed by Filter"?: number;
  Plans?: PlanNode[];
}

/** How many rows of these tables a statement looks at, those included that it then leaves. */
async function rowsReadBy(query: Prisma.Sql): Promise<Record<string, number>> {
  const read: Record<string, number> = { FollowUpInstance: 0, Lead: 0 };
  const count = (node: PlanNode) => {
    const table = node["Relation Name"];
    const rows = (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"];
    if (table !== undefined && table in read) read[table] = Math.round((read[table] ?? 0) + rows);
    for (const inner of node.Plans ?? []) count(inner);
  };
  for (const { Plan } of await explain(query)) count(Plan);
  return read;
}

async function explain(query: Prisma.Sql): Promise<{ Plan: PlanNode }[]> {
  const [row] = await db.$queryRaw<{ "QUERY PLAN": { Plan: PlanNode }[] }[]>(
    Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, FORMAT JSON) ${query}`,
  );
  return row?.["QUERY PLAN"] ?? [];
}
