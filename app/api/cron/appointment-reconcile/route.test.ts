import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import {
  addCalendlyLead,
  addCalendlyWorkspace,
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcileOnce,
  type Scene,
  TEST_CRON_SECRET,
} from "@/scripts/testing/scene";

/** Every field that callers rely on, with its type. More may be added. */
const count = z.number().int().min(0);
const provider = z.object({ checked: count, booked: count, canceled: count, errors: count });
const resultSchema = z.object({
  ...{ success: z.literal(true), job: z.literal("appointment-reconcile"), runId: z.string(), dryRun: z.boolean() },
  ...{ durationMs: count, timestamp: z.iso.datetime() },
  ...{ workspacesProcessed: count, leadsChecked: count, bookedFound: count, canceledFound: count },
  ...{ rescheduledFound: count, updated: count, noChange: count, skipped: count, skippedNoCreds: count },
  ...{ skippedCircuitOpen: count, tasksCreated: count, errors: count },
  byProvider: z.object({ ghl: provider, calendly: provider }),
  circuitBroken: z.boolean(),
  exhausted: z.boolean(),
  stopReason: z.enum(["done", "time_budget", "limit", "circuit_broken", "locked"]),
  health: z.enum(["healthy", "degraded", "unhealthy", "circuit_broken"]),
});
const skippedSchema = z.object({
  ...{ success: z.literal(true), job: z.literal("appointment-reconcile"), runId: z.string(), dryRun: z.boolean() },
  ...{ durationMs: count, timestamp: z.iso.datetime(), skipped: z.literal(true), reason: z.literal("locked") },
});

type Result = z.infer<typeof resultSchema>;

describe("the reconcile route", () => {
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

  it.each(["GET", "POST"] as const)(
    "answers %s with every field of the result, on a database without a lead",
    async (method) => {
      const response = await route[method](request("", { method }));
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
      const result = resultSchema.parse(await response.json());
      expect(result).toMatchObject({ leadsChecked: 0, exhausted: true, stopReason: "done", health: "healthy" });
    },
  );

  it.each([
    ["workspaceLimit", 1, 500],
    ["leadsPerWorkspace", 1, 1000],
    ["staleDays", 0, 365],
    ["hotMinutes", 0, 1440],
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

  it("never runs for HEAD, nor for somebody without the secret", async () => {
    const before = await scene.runtime.db.cronRun.count();
    expect((await route.HEAD()).status).toBe(405);
    expect((await route.GET(request("", { headers: {} }))).status).toBe(401);
    expect(await scene.runtime.db.cronRun.count()).toBe(before);
  });

  it("counts every lead that it checked under exactly one name", async () => {
    const people = await setUpOneOfEach(scene);
    const result = await route.run("?hotMinutes=0&staleDays=0");
    expect(result).toMatchObject({
      ...{ workspacesProcessed: 2, bookedFound: 2, canceledFound: 1, rescheduledFound: 1, noChange: 1, errors: 1 },
      ...{ tasksCreated: 2, health: "degraded", exhausted: true, dryRun: false },
      byProvider: { ghl: { booked: 1, canceled: 1, errors: 1 }, calendly: { checked: 1, booked: 1 } },
    });
    expect(result.leadsChecked).toBe(sumOfOutcomes(result));
    expect(result.leadsChecked).toBe(people.length);
  });

  it("names no token and no e-mail, whatever went wrong", async () => {
    const { db } = scene.runtime;
    const rule = scene.sandbox.faults.add({
      match: {},
      fault: { kind: "unprocessable", messages: ["jane@example.com"] },
    });
    const said = JSON.stringify(await route.run("?hotMinutes=0&staleDays=0"));
    rule.remove();
    const [clients, leads] = await Promise.all([db.client.findMany(), db.lead.findMany()]);
    const secrets = clients.flatMap((client) => [client.ghlPrivateKey, client.calendlyAccessToken]);
    const words = [...secrets, ...leads.map((lead) => lead.email), "@example.com", TEST_CRON_SECRET];
    const records = JSON.stringify(await db.cronRun.findMany());
    for (const word of words.filter((one) => one !== null)) {
      expect(said).not.toContain(word);
      expect(records).not.toContain(word);
    }
  });
});

describe("fifty calls at once", () => {
  it("have the effects of one, and leave no run open", async () => {
    const scene = await openSceneForThisTest();
    const route = await startProcess(scene);
    const { db } = scene.runtime;
    const workspace = await addGhlWorkspace(scene);
    const [booked, moved] = [await addGhlLead(scene, workspace), await addGhlLead(scene, workspace)];
    const meeting = scene.sandbox.ghl.book(moved.ghlContactId ?? "", { start: hoursFromNow(24) });
    await route.run();
    await db.followUpSequence.create({
      data: { clientId: workspace.id, name: "See you", triggerOn: "meeting_selected", isActive: true },
    });
    scene.sandbox.ghl.book(booked.ghlContactId ?? "", { start: hoursFromNow(48) });
    scene.sandbox.ghl.reschedule(meeting.id, hoursFromNow(72));

    const calls = Array.from({ length: 50 }, () => route.GET(request("?hotMinutes=0&staleDays=0")));
    const responses = await Promise.all(calls);
    const answers = await Promise.all(responses.map((response) => response.json()));

    expect(new Set(responses.map((response) => response.status))).toEqual(new Set([200]));
    const results = answers
      .filter((one) => !skippedSchema.safeParse(one).success)
      .map((one) => resultSchema.parse(one));
    expect(total(results, "bookedFound")).toBe(1);
    expect(total(results, "rescheduledFound")).toBe(1);
    expect(total(results, "tasksCreated")).toBe(1);
    expect(total(results, "canceledFound") + total(results, "updated") + total(results, "errors")).toBe(0);
    expect(await db.followUpTask.findMany()).toMatchObject([{ leadId: moved.id, type: "meeting-rescheduled" }]);
    expect(await db.followUpInstance.findMany()).toMatchObject([{ leadId: booked.id, status: "active" }]);
    const statuses = new Set((await db.cronRun.findMany()).map((row) => row.status));
    expect(["completed", "partial", "skipped"]).toEqual(expect.arrayContaining([...statuses]));
    expect(await db.cronRun.count()).toBe(51);
    await route.close();
  });
});

describe("a run whose providers never answer", () => {
  it("ends with its budget, and leaves every lead as due as it was", { timeout: 30_000 }, async () => {
    const scene = await openSceneForThisTest({ RECONCILE_MAX_MS: "1000", PROVIDER_TIMEOUT_MS: "60000" });
    const route = await startProcess(scene);
    const workspace = await addGhlWorkspace(scene);
    const calendly = await addCalendlyWorkspace(scene);
    for (let count = 0; count < 3; count++) await addGhlLead(scene, workspace);
    await addCalendlyLead(scene, calendly);
    scene.sandbox.faults.add({ match: {}, fault: { kind: "no_answer" } });

    expect(await route.run()).toMatchObject({
      ...{ exhausted: false, stopReason: "time_budget", skipped: 4, leadsChecked: 0, errors: 0, health: "healthy" },
    });

    const { db } = scene.runtime;
    const untouched = { appointmentLastCheckedAt: null, appointmentCheckFailures: 0, appointmentRetryAt: null };
    expect(await db.lead.count({ where: untouched })).toBe(4);
    expect(await db.cronRun.findMany()).toMatchObject([{ status: "partial" }]);
    expect(await db.circuit.count({ where: { openUntil: { not: null } } })).toBe(0);
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
  const run = async (query = ""): Promise<Result> => resultSchema.parse(await (await GET(request(query))).json());
  return { GET, POST, HEAD, run, close: () => db.$disconnect() };
}

type Route = Awaited<ReturnType<typeof startProcess>>;

function request(query = "", init: RequestInit = {}): Request {
  const headers = { authorization: `Bearer ${TEST_CRON_SECRET}`, "user-agent": "vercel-cron/1.0" };
  return new Request(`http://localhost/api/cron/appointment-reconcile${query}`, { headers, ...init });
}

async function openSceneForThisTest(environment: Record<string, string> = {}): Promise<Scene> {
  const scene = await openScene(environment);
  onTestFinished(() => scene.close());
  return scene;
}

/** Two workspaces in which a run finds everything that there is to find, once or twice. */
async function setUpOneOfEach(scene: Scene) {
  const workspace = await addGhlWorkspace(scene);
  const calendly = await addCalendlyWorkspace(scene);
  const { ghl } = scene.sandbox;
  const [canceled, moved] = [await addGhlLead(scene, workspace), await addGhlLead(scene, workspace)];
  const meetings = [canceled, moved].map((lead) => ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(24) }));
  await reconcileOnce(scene);
  ghl.cancel(meetings[0]?.id ?? "");
  ghl.reschedule(meetings[1]?.id ?? "", hoursFromNow(48));
  const booked = await addGhlLead(scene, workspace);
  ghl.book(booked.ghlContactId ?? "", { start: hoursFromNow(24) });
  const unchanged = await addGhlLead(scene, workspace);
  const failing = await addGhlLead(scene, workspace);
  const path = new RegExp(failing.ghlContactId ?? "none");
  scene.sandbox.faults.add({ match: { path }, fault: { kind: "wrong_type", value: 7 } });
  const calendlyBooked = await addCalendlyLead(scene, calendly);
  scene.sandbox.calendly.book(calendlyBooked.email ?? "", {
    organizationUri: calendly.account,
    start: hoursFromNow(24),
  });
  return [canceled, moved, booked, unchanged, failing, calendlyBooked];
}

function sumOfOutcomes(result: Result): number {
  const { bookedFound, canceledFound, rescheduledFound, updated, noChange, errors } = result;
  return bookedFound + canceledFound + rescheduledFound + updated + noChange + errors;
}

function total(
  results: Result[],
  field: "bookedFound" | "rescheduledFound" | "tasksCreated" | "canceledFound" | "updated" | "errors",
) {
  return results.reduce((sum, result) => sum + result[field], 0);
}
