import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "@/lib/core/time";
import {
  addFollowUpSequence,
  addOpenWorkspace,
  addReachableLead,
  startInstance,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene, TEST_CRON_SECRET } from "@/scripts/testing/scene";

/** Every field that callers rely on, with its type. More may be added. */
const count = z.number().int().min(0);
const commonSchema = z.object({
  ...{ job: z.literal("followups"), runId: z.string(), dryRun: z.boolean() },
  ...{ durationMs: count, timestamp: z.iso.datetime() },
});
const resultSchema = commonSchema.extend({
  success: z.boolean(),
  errors: z.array(z.object({ step: z.string(), message: z.string() })),
  backstop: z.object({ completedCount: count }),
  snoozed: z.object({ resumedCount: count }),
  resumed: z.object({ resumedCount: count }),
  enrichment: z.object({ resumedCount: count, skippedCount: count }),
  results: z.object({
    ...{ due: count, sent: count, tasks: count, completed: count },
    ...{ deferred: count, blocked: count, failed: count, unknown: count },
  }),
  exhausted: z.boolean(),
  stopReason: z.enum(["done", "time_budget", "limit", "circuit_broken", "locked"]),
});
const skippedSchema = commonSchema.extend({
  ...{ success: z.literal(true), skipped: z.literal(true), reason: z.literal("locked") },
});

let scene: Scene;
let route: Route;
beforeAll(async () => {
  scene = await openScene();
  route = await startProcess(scene);
});
afterAll(async () => {
  await route.close();
  await scene.close();
});

describe("the follow-ups route", () => {
  it.each(["GET", "POST"] as const)(
    "answers %s with every field of the result, on a database without a lead",
    async (method) => {
      const response = await route[method](request("", { method }));
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      const result = resultSchema.parse(await response.json());
      expect(result).toMatchObject({ success: true, errors: [], exhausted: true, stopReason: "done" });
    },
  );

  it.each(["limit=5", "dryrun=true", "dryRun=maybe", "clientId=nobody", "budget=1"])("refuses %s", async (query) => {
    const response = await route.GET(request(`?${query}`));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ success: false, error: "invalid_params" });
  });

  it("never runs for HEAD, nor for somebody without the secret", async () => {
    const before = await scene.runtime.db.cronRun.count();
    expect((await route.HEAD()).status).toBe(405);
    expect((await route.GET(request("", { headers: {} }))).status).toBe(401);
    expect(await scene.runtime.db.cronRun.count()).toBe(before);
  });

  it("does in one run what a dry run said it would, for one workspace or for all", async () => {
    const [mine, other] = [await addDueCall(), await addDueCall()];
    const dry = await read(route.GET(request(`?dryRun=true&clientId=${mine.workspace.id}`)));
    expect(dry).toMatchObject({ dryRun: true, results: { due: 1, tasks: 1, completed: 1 } });
    expect(await scene.runtime.db.followUpTask.count()).toBe(0);
    expect(await read(route.GET(request("?dryRun=1")))).toMatchObject({ results: { due: 2, tasks: 2 } });
    const one = await read(route.GET(request(`?clientId=${mine.workspace.id}`)));
    expect(one).toMatchObject({ dryRun: false, results: dry.results });
    const { db } = scene.runtime;
    expect(await db.followUpTask.findMany()).toMatchObject([{ leadId: mine.lead.id, type: "call" }]);
    expect(await read(route.GET(request()))).toMatchObject({ results: { due: 1, tasks: 1 } });
    expect(await db.followUpTask.count({ where: { leadId: other.lead.id } })).toBe(1);
  });

  it("answers 500 with the step that failed and with what the others did", async () => {
    const { lead } = await addDueCall();
    const { db } = scene.runtime;
    await db.$executeRaw`ALTER TABLE "FollowUpInstance" ADD CONSTRAINT "broken" CHECK ("completedReason" <> 'meeting_booked_backstop') NOT VALID`;
    const { workspace, ...booked } = await addDueCall();
    await db.lead.update({ where: { id: booked.lead.id }, data: { status: "meeting-booked" } });
    const response = await route.GET(request());
    await db.$executeRaw`ALTER TABLE "FollowUpInstance" DROP CONSTRAINT "broken"`;
    expect(response.status).toBe(500);
    const body: unknown = await response.json();
    expect(resultSchema.parse(body)).toMatchObject({ success: false, exhausted: false, results: { tasks: 1 } });
    expect(body).toMatchObject({
      error: "failed: backstop",
      errors: [{ step: "backstop", message: expect.any(String) }],
    });
    expect(await db.followUpTask.count({ where: { leadId: lead.id } })).toBe(1);
    expect(await db.followUpTask.count({ where: { leadId: booked.lead.id } })).toBe(0);
    expect(await db.cronRun.count({ where: { status: "failed" } })).toBe(1);
    await db.client.delete({ where: { id: workspace.id } });
  });

  it("names no token, no address, no number and no text", async () => {
    const { workspace, lead } = await addDueCall();
    const { db } = scene.runtime;
    const client = await db.client.findUniqueOrThrow({ where: { id: workspace.id } });
    const said =
      JSON.stringify(await (await route.GET(request())).json()) + JSON.stringify(await db.cronRun.findMany());
    for (const word of [client.ghlPrivateKey, lead.email, lead.phone, "Ring", TEST_CRON_SECRET]) {
      expect(said).not.toContain(word);
    }
  });
});

describe("fifty calls at once", () => {
  it("have the effects of one, and leave no run open", async () => {
    const { db } = scene.runtime;
    await db.cronRun.deleteMany({});
    await db.followUpTask.deleteMany({});
    const stages = [await addDueCall(), await addDueCall(), await addDueCall()];
    const responses = await Promise.all(Array.from({ length: 50 }, () => route.GET(request())));
    const answers: unknown[] = await Promise.all(responses.map((response) => response.json()));
    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
    const results = answers.flatMap((one) => (skippedSchema.safeParse(one).success ? [] : [resultSchema.parse(one)]));
    expect(results.length).toBeGreaterThan(0);
    expect(results.reduce((tasks, result) => tasks + result.results.tasks, 0)).toBe(stages.length);
    expect(await db.followUpTask.count()).toBe(stages.length);
    const statuses = (await db.cronRun.findMany()).map((row) => row.status);
    expect(statuses).toHaveLength(50);
    expect(["completed", "skipped"]).toEqual(expect.arrayContaining([...new Set(statuses)]));
  });
});

/** A workspace with one lead who is due to be called, by the clock on the wall. */
async function addDueCall() {
  const workspace = await addOpenWorkspace(scene);
  const lead = await addReachableLead(scene, workspace);
  const sequence = await addFollowUpSequence(scene, workspace, [{ channel: "call", messageTemplate: "Ring" }]);
  const now = Date.now();
  const times = { startedAt: new Date(now - DAY_MS), nextStepDue: new Date(now - HOUR_MS) };
  await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { lastInboundAt: new Date(now - MINUTE_MS) } });
  return { workspace, lead, instance: await startInstance(scene, lead, sequence, times) };
}

async function read(answering: Promise<Response>) {
  return resultSchema.parse(await (await answering).json());
}

/** The route as a process has it that was started on this scene. */
async function startProcess({ environment }: Scene) {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const { getRuntime } = await import("@/lib/runtime");
  const { GET, POST, HEAD } = await import("./route");
  const { db } = getRuntime();
  vi.unstubAllEnvs();
  return { GET, POST, HEAD, close: () => db.$disconnect() };
}

type Route = Awaited<ReturnType<typeof startProcess>>;

function request(query = "", init: RequestInit = {}): Request {
  const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  return new Request(`http://localhost/api/cron/followups${query}`, { headers, ...init });
}
