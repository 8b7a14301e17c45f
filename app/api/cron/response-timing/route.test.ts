import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { TEST_CRON_SECRET } from "@/scripts/testing/scene";

/** Every field that callers rely on, with its type. More may be added. */
const count = z.number().int().min(0);
const resultSchema = z.object({
  ...{ success: z.literal(true), job: z.literal("response-timing"), runId: z.string(), dryRun: z.boolean() },
  ...{ durationMs: count, timestamp: z.iso.datetime() },
  ...{ processed: count, skipped: count, inserted: count, updated: count, retracted: count, mismatches: count },
  exhausted: z.boolean(),
  stopReason: z.enum(["done", "time_budget", "locked"]),
  lagSeconds: count.nullable(),
});

let database: TestDatabase;
let route: Awaited<ReturnType<typeof startProcess>>;
beforeAll(async () => {
  database = await createTestDatabase();
  route = await startProcess(database.url);
});
afterAll(async () => {
  await route.db.$disconnect();
  await database.drop();
});

describe("the response timing route", () => {
  it.each(["GET", "POST"] as const)(
    "answers %s with every field of the result, on an empty database",
    async (method) => {
      const response = await route[method](request("", { method }));
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      const result = resultSchema.parse(await response.json());
      expect(result).toMatchObject({ processed: 0, exhausted: true, stopReason: "done", lagSeconds: null });
    },
  );

  it.each([
    ["batchSize", 1, 5000],
    ["maxMs", 250, 120_000],
    ["lookbackDays", 1, 3650],
  ])("takes %s from %d to %d, and nothing beyond", async (name, min, max) => {
    for (const value of [min, max]) expect((await route.GET(request(`?${name}=${value}`))).status).toBe(200);
    for (const value of [min - 1, max + 1, "many"]) {
      const response = await route.GET(request(`?${name}=${value}`));
      expect(response.status).toBe(400);
      expect(await response.json()).toEqual({
        success: false,
        error: "invalid_params",
        issues: [{ path: name, message: `must be a whole number from ${min} to ${max}` }],
      });
    }
  });

  it("never runs for HEAD, nor for somebody without the secret, nor for a workspace that is not there", async () => {
    const before = await route.db.cronRun.count();
    expect((await route.HEAD()).status).toBe(405);
    expect((await route.GET(request("", { headers: {} }))).status).toBe(401);
    expect((await route.GET(request("?clientId=nobody"))).status).toBe(400);
    expect(await route.db.cronRun.count()).toBe(before);
  });

  it("says what it did, leaves no run open, and finds nothing the second time", async () => {
    await addAnsweredLeads(1);
    expect(await route.run("?dryRun=true")).toMatchObject({ dryRun: true, processed: 1, inserted: 1, lagSeconds: 0 });
    expect(await route.db.responseTimingEvent.count()).toBe(0);
    expect(await route.run()).toMatchObject({ dryRun: false, processed: 1, inserted: 1, exhausted: true });
    expect(await route.run()).toMatchObject({ processed: 0, inserted: 0, updated: 0, retracted: 0, exhausted: true });
    const statuses = new Set((await route.db.cronRun.findMany()).map(({ status }) => status));
    expect(statuses).toEqual(new Set(["completed"]));
  });

  it("stops at the time that the call gives it, and leaves the rest to the next", async () => {
    await addAnsweredLeads(5_000);
    const first = await route.run("?maxMs=250&batchSize=50");
    expect(first).toMatchObject({ exhausted: false, stopReason: "time_budget" });
    const second = await route.run("?maxMs=120000");
    expect(second).toMatchObject({ exhausted: true, stopReason: "done", lagSeconds: null });
    expect(first.processed + second.processed).toBe(5_000);
  });

  it("lets many calls share the work, and none do what another did", async () => {
    await addAnsweredLeads(1_000);
    const results = await Promise.all(Array.from({ length: 6 }, () => route.run("?batchSize=50")));
    expect(results.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(1_000);
    expect(results.reduce((sum, { processed }) => sum + processed, 0)).toBe(1_000);
    expect(new Set(results.map(({ exhausted }) => exhausted))).toEqual(new Set([true]));
  });
});

/** The route as a process has it that was started on this database. */
async function startProcess(databaseUrl: string) {
  vi.stubEnv("DATABASE_URL", databaseUrl);
  vi.stubEnv("CRON_SECRET", TEST_CRON_SECRET);
  vi.stubEnv("LOG_LEVEL", "silent");
  vi.resetModules();
  const { getRuntime } = await import("@/lib/runtime");
  const { GET, POST, HEAD } = await import("./route");
  const { db } = getRuntime();
  vi.unstubAllEnvs();
  const run = async (query = "") => resultSchema.parse(await (await GET(request(query))).json());
  return { GET, POST, HEAD, run, db };
}

function request(query = "", init: RequestInit = {}): Request {
  const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  return new Request(`http://localhost/api/cron/response-timing${query}`, { headers, ...init });
}

/** New leads of a new workspace, each of whom asked something and was answered. */
async function addAnsweredLeads(leads: number): Promise<void> {
  const { id: clientId } = await route.db.client.create({ data: { name: "Acme" } });
  await route.db.$executeRaw`
    WITH leads AS (
      INSERT INTO "Lead" ("clientId") SELECT ${clientId} FROM generate_series(1, ${leads}::int) RETURNING "id"
    )
    INSERT INTO "Message" ("leadId", "channel", "direction", "sentBy", "sentByUserId", "sentAt")
    SELECT l."id", 'sms', said."direction", said."sentBy", said."sentByUserId", now() - said."ago"
    FROM leads l CROSS JOIN (VALUES
      ('inbound', NULL, NULL, interval '2 hours'), ('outbound', 'setter', 'user-1', interval '1 hour')
    ) AS said("direction", "sentBy", "sentByUserId", "ago")`;
}
