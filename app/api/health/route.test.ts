import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { WATCHED_JOBS } from "@/lib/health/jobs";
import { addRun } from "@/lib/health/testing/stage";
import type { Runtime } from "@/lib/runtime";
import { createTestDatabase, type TestDatabase } from "@/scripts/testing/database";
import { TEST_CRON_SECRET } from "@/scripts/testing/scene";

let database: TestDatabase;
let process: Process;
beforeAll(async () => {
  database = await createTestDatabase();
  process = await startProcess({ DATABASE_URL: database.url, CRON_SECRET: TEST_CRON_SECRET });
});
afterAll(async () => {
  await process.close();
  await database.drop();
});

describe("to anybody, health", () => {
  it.each(["", "?verbose=1", "?_=1700000000"])("says that it is up, and no more: %s", async (query) => {
    const response = await process.GET(request(query, {}));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({ status: "ok" });
  });

  it("says it to HEAD as well, without a body and without a run", async () => {
    const response = await process.HEAD(request("", {}));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect(await process.runtime.db.cronRun.count()).toBe(0);
  });

  it("is up while jobs are overdue: that is for those who operate it", async () => {
    await addRun(process, { job: "a-job-of-the-past", agoSeconds: 86_400 });
    expect((await process.GET(request("", {}))).status).toBe(200);
    expect((await process.GET(request())).status).toBe(503);
    await process.runtime.db.cronRun.deleteMany({});
  });

  it("is down when the database cannot be reached, and only then", async () => {
    const lost = await startProcess({ DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing", CRON_SECRET: "short" });
    for (const response of [await lost.GET(request("", {})), await lost.HEAD(request("", {}))]) {
      expect(response.status).toBe(503);
    }
    expect(await (await lost.GET(request("", {}))).json()).toEqual({ status: "unavailable" });
    await lost.close();
    const behind = await createTestDatabase();
    const outdated = await startProcess({ DATABASE_URL: behind.url });
    await outdated.runtime.db.$executeRaw`ALTER TABLE "CronRun" DROP COLUMN "lagSeconds"`;
    expect((await outdated.GET(request("", {}))).status).toBe(200);
    await outdated.close();
    await behind.drop();
  });
});

describe("to whoever knows the secret, health", () => {
  it("says everything, and 503 when a job is overdue", async () => {
    for (const { job } of WATCHED_JOBS) await addRun(process, { job });
    const well = await process.GET(request());
    expect(well.status).toBe(200);
    expect(well.headers.get("cache-control")).toBe("no-store");
    expect(await well.json()).toMatchObject({
      status: "ok",
      timestamp: expect.stringMatching(/Z$/),
      database: { reachable: true },
      jobs: WATCHED_JOBS.map(({ job, schedule }) => ({ job, schedule, state: "ok", lastSuccess: expect.any(String) })),
      circuits: [],
      alarms: [],
    });
    await process.runtime.db.$executeRaw`
      UPDATE "CronRun" SET "startedAt" = now() - interval '1 day', "finishedAt" = now() - interval '1 day'`;
    const late = await process.GET(request());
    expect(late.status).toBe(503);
    expect(await late.json()).toMatchObject({
      status: "overdue",
      jobs: WATCHED_JOBS.map(() => ({ state: "overdue" })),
    });
    expect((await process.HEAD(request())).status).toBe(503);
  });

  it.each<[string, HeadersInit]>([
    ["a wrong secret", { authorization: "Bearer another-secret-of-tests" }],
    ["another scheme", { authorization: "Basic YTpi" }],
    ["an empty one", { authorization: "Bearer " }],
  ])("tells %s that it is refused, rather than less than asked for", async (_, headers) => {
    const response = await process.GET(request("", headers));
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ success: false, error: "unauthorized" });
  });

  it("knows no parameters", async () => {
    const response = await process.GET(request("?jobs=followups"));
    expect(response.status).toBe(400);
  });

  it("says what the deployment lacks", async () => {
    const own = await createTestDatabase();
    const outdated = await startProcess({ DATABASE_URL: own.url, CRON_SECRET: TEST_CRON_SECRET });
    await outdated.runtime.db.$executeRaw`ALTER TABLE "CronRun" DROP COLUMN "lagSeconds"`;
    const response = await outdated.GET(request());
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: "schema_out_of_date" });
    await outdated.close();
    await own.drop();
    const unset = await startProcess({ DATABASE_URL: database.url });
    expect(await (await unset.GET(request())).json()).toEqual({ success: false, error: "misconfigured" });
    await unset.close();
    const lost = await startProcess({
      ...{ DATABASE_URL: "postgresql://nobody@127.0.0.1:1/nothing", CRON_SECRET: TEST_CRON_SECRET },
    });
    const unavailable = await lost.GET(request());
    expect(unavailable.status).toBe(503);
    expect(await unavailable.json()).toEqual({ success: false, error: "database_unavailable" });
    await lost.close();
  });
});

type Process = Awaited<ReturnType<typeof startProcess>>;

/** The route in a process of its own, as far as modules go. */
async function startProcess(environment: Record<string, string>) {
  vi.resetModules();
  const variables = { DIRECT_URL: "", CRON_SECRET: "", ALERT_WEBHOOK_URL: "", LOG_LEVEL: "silent", ...environment };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  const { getRuntime } = await import("@/lib/runtime");
  const { GET, HEAD } = await import("./route");
  const runtime: Runtime = getRuntime();
  vi.unstubAllEnvs();
  return { GET, HEAD, runtime, close: () => runtime.db.$disconnect() };
}

function request(query = "", headers: HeadersInit = { authorization: `Bearer ${TEST_CRON_SECRET}` }): Request {
  return new Request(`http://localhost/api/health${query}`, { headers });
}
