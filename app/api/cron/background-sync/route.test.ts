import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import type { Fault } from "@/scripts/sandbox/faults";
import { addKapsoLead, addKapsoWorkspace, openScene, type Scene, TEST_CRON_SECRET } from "@/scripts/testing/scene";
import { addQuietLead, messagesOf, personOf } from "@/scripts/testing/sync-story";

/** Every field that callers rely on, with its type. More may be added. */
const count = z.number().int().min(0);
const resultSchema = z.object({
  ...{ success: z.literal(true), job: z.literal("background-sync"), runId: z.string(), dryRun: z.boolean() },
  ...{ durationMs: count, timestamp: z.iso.datetime() },
  ...{ workspaces: count, checked: count, stale: count, flagged: count, verified: count, missed: count, errors: count },
  exhausted: z.boolean(),
  stopReason: z.enum(["done", "time_budget", "limit", "circuit_broken", "locked"]),
});
const skippedSchema = z.object({ success: z.literal(true), skipped: z.literal(true), reason: z.literal("locked") });

describe("the background sync route", () => {
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

  it.each(["GET", "POST"] as const)("answers %s with every field, where nobody speaks over Kapso", async (method) => {
    await scene.runtime.db.client.create({ data: { name: "Elsewhere", kapsoPhoneId: "1", kapsoApiKey: " " } });
    const response = await route[method](request("", { method }));
    expect(response.status).toBe(200);
    expect(response.headers.get("cache-control")).toBe("no-store");
    const result = resultSchema.parse(await response.json());
    expect(result).toMatchObject({ workspaces: 0, checked: 0, exhausted: true, stopReason: "done" });
  });

  it.each([
    ["staleMinutes", 1, 10_080],
    ["batchSize", 1, 1000],
  ])("takes %s from %d to %d, and nothing beyond", async (name, min, max) => {
    for (const value of [min, max]) expect((await route.GET(request(`?${name}=${value}`))).status).toBe(200);
    for (const value of [min - 1, max + 1, "many"]) {
      const response = await route.GET(request(`?${name}=${value}`));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ error: "invalid_params", issues: [{ path: name }] });
    }
  });

  it("never runs for HEAD, nor for somebody without the secret", async () => {
    const before = await scene.runtime.db.cronRun.count();
    expect((await route.HEAD()).status).toBe(405);
    expect((await route.GET(request("", { headers: {} }))).status).toBe(401);
    expect(await scene.runtime.db.cronRun.count()).toBe(before);
  });

  it("takes what the call leaves out from the environment, and a workspace by its name", async () => {
    const workspace = await addKapsoWorkspace(scene);
    await addQuietLead(scene, workspace, 2);
    await addQuietLead(scene, await addKapsoWorkspace(scene), 2);
    expect(await route.run(`?clientId=${workspace.id}&staleMinutes=180`)).toMatchObject({ workspaces: 1, stale: 0 });
    expect(await route.run(`?clientId=${workspace.id}`)).toMatchObject({ workspaces: 1, stale: 1, flagged: 1 });
  });

  it("names no phone, no token and no word that was said, whatever went wrong", async () => {
    const workspace = await addKapsoWorkspace(scene);
    const lead = await addKapsoLead(scene, workspace);
    scene.sandbox.kapso.receive(workspace.account, personOf(lead), { body: "my-canary-sentence" });
    const said = [JSON.stringify(await route.run())];
    scene.sandbox.kapso.receive(workspace.account, personOf(lead), { body: "my-canary-sentence" });
    const fault: Fault = { kind: "unprocessable", messages: [`${lead.phone} my-canary-sentence`] };
    for (const path of [/messages$/, /conversations$/]) {
      const rule = scene.sandbox.faults.add({ match: { path }, fault });
      said.push(JSON.stringify(await route.run()));
      rule.remove();
    }
    const { db } = scene.runtime;
    said.push(
      JSON.stringify([await db.cronRun.findMany(), await db.syncHealth.findMany(), await db.leadNote.findMany()]),
    );
    const [client] = await db.client.findMany({ where: { id: workspace.id } });
    const words = [lead.phone, lead.phone?.slice(1), client?.kapsoApiKey, "my-canary-sentence", TEST_CRON_SECRET];
    for (const word of words) expect(said.join()).not.toContain(word);
    expect((await messagesOf(scene, lead)).map(({ body }) => body)).toContain("my-canary-sentence");
  });
});

describe("ten calls at once", () => {
  it("have the effects of one, and leave no run open", async () => {
    const scene = await openSceneForThisTest();
    const route = await startProcess(scene);
    const workspaces = await Promise.all([1, 2, 3].map(() => addKapsoWorkspace(scene)));
    for (const workspace of workspaces) {
      const lead = await addKapsoLead(scene, workspace);
      for (let index = 0; index < 5; index++) scene.sandbox.kapso.receive(workspace.account, personOf(lead));
      await addQuietLead(scene, workspace, 5);
    }
    const responses = await Promise.all(Array.from({ length: 10 }, () => route.GET(request())));
    const answers: unknown[] = await Promise.all(responses.map((response) => response.json()));
    const results = answers
      .filter((one) => !skippedSchema.safeParse(one).success)
      .map((one) => resultSchema.parse(one));
    const total = (field: "missed" | "flagged" | "errors") => results.reduce((sum, result) => sum + result[field], 0);
    expect({ missed: total("missed"), flagged: total("flagged"), errors: total("errors") }).toEqual({
      ...{ missed: 3, flagged: 3, errors: 0 },
    });
    const { db } = scene.runtime;
    expect(await db.message.count()).toBe(15);
    expect(await db.leadNote.count()).toBe(6);
    expect(await db.cronRun.count({ where: { status: "running" } })).toBe(0);
    await route.close();
  });
});

/** The route as a process has it that was started on this scene. */
async function startProcess(scene: Scene) {
  for (const [name, value] of Object.entries(scene.environment)) vi.stubEnv(name, value);
  vi.resetModules();
  const { getRuntime } = await import("@/lib/runtime");
  const { GET, POST, HEAD } = await import("./route");
  const { db } = getRuntime();
  vi.unstubAllEnvs();
  const run = async (query = "") => resultSchema.loose().parse(await (await GET(request(query))).json());
  return { GET, POST, HEAD, run, close: () => db.$disconnect() };
}

type Route = Awaited<ReturnType<typeof startProcess>>;

function request(query = "", init: RequestInit = {}): Request {
  const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  return new Request(`http://localhost/api/cron/background-sync${query}`, { headers, ...init });
}

async function openSceneForThisTest(): Promise<Scene> {
  const scene = await openScene();
  onTestFinished(() => scene.close());
  return scene;
}
