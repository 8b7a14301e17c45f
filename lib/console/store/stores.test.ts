import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDb, type Db } from "@/lib/db/client";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import type { Page } from "../rules/keyset";
import { readBackfill } from "./backfills";
import { countPaused, listDue, listPaused, listUncertain, sumFollowUpRuns } from "./follow-ups";
import { readLead } from "./lead";
import { countMismatches, listMismatches, MISMATCH_KINDS, type MismatchKind } from "./mismatches";
import { listRuns, readLatestRuns, readRun } from "./runs";
import { listTimeline } from "./timeline";
import { readBacklog, readMeetingDays } from "./workspace-work";
import { listWorkspaces, readWorkspace } from "./workspaces";

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

const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);

/** 130 workspaces, the first with leads of every kind; runs that share their times. */
async function seed(): Promise<void> {
  await db.client.createMany({
    data: Array.from({ length: 130 }, (_, i) => ({ id: `w${i}`, name: `Name ${i % 40}` })),
  });
  const at = ago(10);
  await db.cronRun.createMany({
    data: Array.from({ length: 120 }, (_, i) => ({
      ...{ id: `run${i}`, job: i % 2 ? "followups" : "background-sync", trigger: "cron", dryRun: i % 10 === 0 },
      ...{ status: i % 6 === 0 ? "failed" : "completed", startedAt: i < 100 ? at : ago(i), result: { errors: i % 3 } },
    })),
  });
  const confirmed = { appointmentStatus: "confirmed", appointmentStartAt: ago(-60) };
  await db.lead.createMany({
    data: [
      { id: "tagged", sentimentTag: "Meeting Booked" },
      { id: "tagged-lower", sentimentTag: "call_booked" },
      { id: "not-tagged", sentimentTag: "not booked yet" },
      { id: "tagged-true", sentimentTag: "meeting-booked", ...confirmed, status: "meeting-booked" },
      { id: "marked", status: "meeting-booked" },
      { id: "unmarked", ...confirmed },
      { id: "unmarked-over", ...confirmed, appointmentStartAt: ago(60) },
      { id: "left-to-people", ...confirmed, status: "archived" },
      { id: "lost", status: "meeting-booked", appointmentStatus: "canceled" },
    ].map((lead) => ({ ...lead, clientId: "w0" })),
  });
  const person = { firstName: "Ada", email: "ada@mail.example.com", phone: "+1 555 010 7719" };
  await db.lead.create({ data: { id: "person", clientId: "w1", ...person, lastInboundAt: ago(1) } });
}

/** Every row of a list, page by page. */
async function readAll<Row>(read: (after?: string) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await read(after);
    rows.push(...page.rows);
    if (page.next === null) return rows;
    after = page.next;
  }
}

describe("a list read page by page", () => {
  it("has every run once, newest first, also of those that began together", async () => {
    const rows = await readAll((after) => listRuns(db, { after }));
    expect(new Set(rows.map(({ id }) => id)).size).toBe(120);
    expect(rows).toHaveLength(120);
    const times = rows.map(({ startedAt }) => startedAt.getTime());
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });

  it("has what is asked for alone", async () => {
    const filter = { job: "background-sync", status: "failed", dryRun: true };
    const rows = await readAll((after) => listRuns(db, { ...filter, after }));
    expect(rows.map(({ id }) => id).toSorted()).toEqual(["run0", "run30", "run60", "run90"]);
  });

  it("has every workspace once, by name, also of those that share one", async () => {
    const rows = await readAll((after) => listWorkspaces(db, { after }));
    expect(rows).toHaveLength(130);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(130);
  });

  it("has every entry of a lead's story once", async () => {
    const sentAt = ago(5);
    await db.message.createMany({
      data: Array.from({ length: 120 }, (_, i) => ({
        leadId: "person",
        channel: "sms",
        direction: "inbound",
        sentAt: i < 80 ? sentAt : ago(i),
      })),
    });
    const rows = await readAll((after) => listTimeline(db, "person", { after }));
    expect(rows).toHaveLength(120);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(120);
  });

  it("has every paused follow-up once, those that are never due last", async () => {
    await db.followUpSequence.create({ data: { id: "s", clientId: "w1", name: "Chase" } });
    await db.lead.createMany({ data: Array.from({ length: 130 }, (_, i) => ({ id: `p${i}`, clientId: "w1" })) });
    const due = ago(1);
    await db.followUpInstance.createMany({
      data: Array.from({ length: 130 }, (_, i) => ({
        ...{ leadId: `p${i}`, sequenceId: "s", status: i < 125 ? "paused" : "active" },
        ...{ pausedReason: i < 125 ? "no_sender" : null, nextStepDue: i % 2 ? due : i > 124 ? ago(i) : null },
      })),
    });
    const rows = await readAll((after) => listPaused(db, "no_sender", { after }));
    expect(rows).toHaveLength(125);
    expect(new Set(rows.map(({ instanceId }) => instanceId)).size).toBe(125);
    expect(rows.slice(-63).every(({ nextStepDue }) => nextStepDue === null)).toBe(true);
    await db.followUpInstance.updateMany({ where: { leadId: { in: ["p1", "p2"] } }, data: { pausedReason: null } });
    await db.followUpInstance.update({
      where: { leadId_sequenceId: { leadId: "p3", sequenceId: "s" } },
      data: { pausedReason: "a" },
    });
    expect(await countPaused(db)).toEqual([
      { reason: "no_sender", count: 122 },
      { reason: "", count: 2 },
      { reason: "a", count: 1 },
    ]);
    expect(await readAll((after) => listDue(db, { after }))).toHaveLength(5);
    expect(await listUncertain(db, {})).toEqual({ rows: [], next: null });
  });
});

describe("a backfill", () => {
  it("adds up what its books say, and passes over what is no number", async () => {
    const run = { job: "backfill-appointments", fingerprint: "x", identity: {}, status: "stopped" };
    await db.backfillRun.create({ data: { id: "b", ...run } });
    await db.backfillCursor.createMany({
      data: [
        { runId: "b", unit: "w1", counts: { unchanged: 400, skipped: 9 }, done: true },
        { runId: "b", unit: "w2", counts: { unchanged: 12, note: "none" } },
      ],
    });
    const failed = { unit: "w1", outcome: "failed", invocation: 1 };
    await db.backfillLead.create({ data: { runId: "b", leadId: "person", ...failed } });
    expect(await readBackfill(db, "b")).toMatchObject({
      ...{ units: 2, unitsDone: 1, counts: { unchanged: 412, skipped: 9 }, outcomes: { failed: 1 } },
    });
    expect((await readBackfill(db, "b"))?.counts).not.toHaveProperty("note");
  });
});

describe("a mismatch", () => {
  it.each<[MismatchKind, string[]]>([
    ["said_booked", ["tagged", "tagged-lower"]],
    ["marked_booked", ["marked"]],
    ["unmarked_meeting", ["unmarked"]],
    ["lost_meeting", ["lost"]],
  ])("of the kind %s is found, and nothing else", async (kind, ids) => {
    const page = await listMismatches(db, kind, {});
    expect(page.rows.map(({ id }) => id).toSorted()).toEqual(ids);
    expect((await listMismatches(db, kind, { clientId: "w5" })).rows).toEqual([]);
    expect((await countMismatches(db))[kind]).toBe(ids.length);
  });

  it.each(MISMATCH_KINDS)("of the kind %s is found through an index that holds just those", async (kind) => {
    const statements: string[] = [];
    const watched = createDb(database.url, { onStatement: (sql) => statements.push(sql) });
    await listMismatches(watched, kind, {});
    await watched.$disconnect();
    expect(statements).toHaveLength(1);
    const [client] = await db.$transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL enable_seqscan = off`;
      const select = (statements[0] ?? "").replace(/LIMIT \$\d+::int/, "LIMIT 51");
      return [await tx.$queryRawUnsafe<Record<string, string>[]>(`EXPLAIN ${select}`)];
    });
    expect(JSON.stringify(client)).toMatch(INDEXES[kind]);
  });
});

/** Those who are marked as booked are few enough for the backstop's own index, too. */
const INDEXES: Record<MismatchKind, RegExp> = {
  said_booked: /Lead_said_booked_idx/,
  marked_booked: /Lead_(marked|meeting)_booked_idx/,
  unmarked_meeting: /Lead_unmarked_meeting_idx/,
  lost_meeting: /Lead_(lost_meeting|meeting_booked)_idx/,
};

describe("a lead", () => {
  it("is shown so that it can be told apart and not be written to", async () => {
    const lead = await readLead(db, "person");
    expect(lead).toMatchObject({ name: "Ada", maskedEmail: "a•••@•••.com", maskedPhone: "•••19" });
    expect(JSON.stringify(lead)).not.toMatch(/ada@|mail\.example|7719/);
    expect(await readLead(db, "nobody")).toBe(null);
  });
});

describe("a run", () => {
  it("counts its errors, however its job writes them", async () => {
    await db.cronRun.create({
      data: {
        id: "steps",
        job: "steps",
        trigger: "cron",
        status: "failed",
        dryRun: false,
        startedAt: ago(1),
        result: { errors: [{}, {}] },
      },
    });
    expect(await readLatestRuns(db, ["steps", "never-ran"], 3)).toMatchObject([{ id: "steps", errors: 2 }]);
    expect(await readRun(db, "nothing")).toBe(null);
  });

  it("of the follow-ups adds to the day's figures, dry ones do not", async () => {
    const run = { job: "followups", trigger: "cron", status: "completed", startedAt: ago(1) };
    const result = { results: { due: 5, sent: 2 }, backstop: { completedCount: 1 } };
    await db.cronRun.createMany({
      data: [
        { ...run, dryRun: false, result },
        { ...run, dryRun: true, result },
      ],
    });
    expect(await sumFollowUpRuns(db, ago(60))).toMatchObject({ due: 5, sent: 2, unknown: 0, backstop: 1 });
  });
});

describe("a workspace", () => {
  it("says which credentials are there, and never what they are", async () => {
    await db.client.create({
      data: {
        id: "keys",
        name: "Z",
        ghlLocationId: "loc",
        ghlPrivateKey: "pit-secret",
        kapsoPhoneId: "1",
        metaAccessToken: "t",
      },
    });
    const workspace = await readWorkspace(db, "keys");
    expect(workspace).toMatchObject({ ghl: true, calendly: false, kapso: true, openCircuits: [] });
    expect(JSON.stringify(workspace)).not.toContain("secret");
  });

  it("has its days, those without anything too, in its own zone", async () => {
    const appointment = { clientId: "w2", provider: "GHL", source: "webhook" };
    await db.lead.create({ data: { id: "w2lead", clientId: "w2" } });
    await db.appointment.createMany({
      data: [
        { ...appointment, leadId: "w2lead", externalId: "1", status: "confirmed", bookedAt: new Date() },
        {
          ...appointment,
          leadId: "w2lead",
          externalId: "2",
          status: "canceled",
          bookedAt: ago(60 * 24 * 90),
          canceledAt: new Date(),
        },
      ],
    });
    await db.followUpTask.create({ data: { leadId: "w2lead", type: "meeting-rescheduled", dueDate: new Date() } });
    const days = await readMeetingDays(db, { clientId: "w2", zone: "Pacific/Auckland", days: 30 });
    expect(days).toHaveLength(30);
    const today = new Intl.DateTimeFormat("en-CA", { timeZone: "Pacific/Auckland" }).format(new Date());
    expect(days.at(-1)).toEqual({ day: today, booked: 1, canceled: 1, rescheduled: 1 });
    expect(days.slice(0, -1).every(({ booked, canceled, rescheduled }) => booked + canceled + rescheduled === 0)).toBe(
      true,
    );
  });

  it("has a backlog of those who wrote", async () => {
    expect(await readBacklog(db, "w1", ago(60))).toMatchObject({
      neverChecked: 1,
      stale: 0,
      waiting: 0,
      meetingsAhead: 0,
    });
  });
});
