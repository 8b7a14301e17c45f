import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { DAY_MS, SECOND_MS } from "@/lib/core/time";
import { reportHealth } from "./report";
import { addRun, openStage, type RunFields, type Stage } from "./testing/stage";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => stage.clear());

const MINUTE = 60;
const HOUR = 3600;

describe("health", () => {
  it("has nothing to complain of where nothing ever ran", async () => {
    const report = await reportHealth(stage.deps);
    expect(report).toMatchObject({ status: "ok", database: { reachable: true }, circuits: [], alarms: [] });
    expect(await states()).toEqual({
      ...{ "appointment-reconcile": "never_run", followups: "never_run" },
      ...{ "response-timing": "never_run", "background-sync": "never_run" },
    });
  });

  it("knows every job's last success and when it is next due", async () => {
    for (const { job } of stage.deps.jobs) await addRun(stage, { job, agoSeconds: 30, tookSeconds: 10 });
    const { timestamp, jobs, status } = await reportHealth(stage.deps);
    expect(status).toBe("ok");
    expect(jobs.map(({ job }) => job)).toEqual(stage.deps.jobs.map(({ job }) => job));
    for (const { state, lastSuccess, lastRun, nextDue, overdueAt, lagSeconds } of jobs) {
      expect(state).toBe("ok");
      expectAbout((timestamp.getTime() - (lastSuccess?.getTime() ?? Number.NaN)) / SECOND_MS, 20);
      expect(lastRun).toMatchObject({ status: "completed", trigger: "cron", durationMs: 10_000, error: null });
      expect(nextDue.getTime()).toBeGreaterThan(timestamp.getTime());
      expect(overdueAt?.getTime()).toBeGreaterThan(timestamp.getTime());
      expect(lagSeconds).not.toBeNull();
    }
  });

  it.each<[string, Partial<RunFields>]>([
    ["a run that was skipped", { status: "skipped" }],
    ["a run that failed", { status: "failed" }],
    ["a run that was killed", { status: "abandoned" }],
    ["a dry run", { dryRun: true }],
    ["a command line's run", { trigger: "cli" }],
    ["a run for one workspace", { onlyClientId: "w1" }],
    ["a success too long ago", { agoSeconds: 6 * MINUTE }],
  ])("takes %s for no success", async (_, fields) => {
    await addRun(stage, { job: "followups", agoSeconds: HOUR });
    await addRun(stage, { job: "followups", ...fields });
    expect((await states())["followups"]).toBe("overdue");
    expect((await reportHealth(stage.deps)).status).toBe("overdue");
  });

  it.each<[string, Partial<RunFields>]>([
    ["a run that left work", { status: "partial" }],
    ["a run that a person or another scheduler called", { trigger: "http" }],
    ["a run from the console", { trigger: "console" }],
    ["a run that just ended, whenever it began", { agoSeconds: 6 * MINUTE, tookSeconds: 5 * MINUTE }],
  ])("takes %s for a success", async (_, fields) => {
    await addRun(stage, { job: "followups", agoSeconds: HOUR });
    await addRun(stage, { job: "followups", ...fields });
    expect((await states())["followups"]).toBe("ok");
  });

  it("waits for a job that never ran from the first run of any", async () => {
    await addRun(stage, { job: "appointment-reconcile", agoSeconds: 10 * MINUTE, status: "failed", dryRun: true });
    expect(await states()).toEqual({
      ...{ "appointment-reconcile": "overdue", followups: "overdue" },
      ...{ "response-timing": "never_run", "background-sync": "never_run" },
    });
    await addRun(stage, { job: "a-job-of-the-past", agoSeconds: 5 * HOUR });
    expect(new Set(Object.values(await states()))).toEqual(new Set(["overdue"]));
  });

  it("says that a job is at work, unless it is the row of one that was killed long ago", async () => {
    await addRun(stage, { job: "followups", agoSeconds: 70 });
    const id = await addRun(stage, { job: "followups", status: "running", agoSeconds: 20 });
    expect((await states())["followups"]).toBe("running");
    await stage.runtime.db.cronRun.update({ where: { id }, data: { startedAt: new Date(Date.now() - DAY_MS) } });
    expect((await states())["followups"]).toBe("ok");
  });

  it("is degraded while a job succeeds and gets nothing done, and until it does", async () => {
    for (const { job } of stage.deps.jobs) await addRun(stage, { job, agoSeconds: 100 });
    for (const agoSeconds of [50, 40, 30, 20, 10]) {
      await addRun(stage, { job: "response-timing", agoSeconds, status: "partial", result: { processed: 0 } });
    }
    expect(await reportHealth(stage.deps)).toMatchObject({ status: "degraded" });
    expect((await states())["response-timing"]).toBe("stalled");
    await addRun(stage, { job: "response-timing", status: "partial", result: { processed: 1 } });
    expect((await states())["response-timing"]).toBe("ok");
  });

  it("remembers that a job has fallen behind until it has caught up by half", async () => {
    for (const { job } of stage.deps.jobs) await addRun(stage, { job, agoSeconds: 100 });
    const end = (lagSeconds: number) =>
      addRun(stage, { job: "response-timing", lagSeconds, result: { processed: 1, lagSeconds } });
    for (const lag of [1900, 2000, 2100, 2200]) await end(lag);
    expect((await states())["response-timing"]).toBe("ok");
    await end(2300);
    expect((await states())["response-timing"]).toBe("stalled");
    const firing = { kind: "job_stalled", state: "firing", change: 1, since: new Date(), summary: "stalled" };
    await stage.runtime.db.alarm.create({ data: { key: "job_stalled:response-timing", ...firing } });
    await end(1000);
    expect((await states())["response-timing"]).toBe("stalled");
    await end(900);
    expect((await states())["response-timing"]).toBe("ok");
  });

  it("bounds what is not measured by the last run that left nothing", async () => {
    await addRun(stage, { job: "background-sync", agoSeconds: 100 });
    await addRun(stage, { job: "background-sync", agoSeconds: 40, status: "partial" });
    await addRun(stage, { job: "response-timing", agoSeconds: 31, result: { lagSeconds: 7 } });
    const { jobs } = await reportHealth(stage.deps);
    const lags = Object.fromEntries(jobs.map(({ job, lagSeconds }) => [job, lagSeconds]));
    expect([lags["appointment-reconcile"], lags["followups"]]).toEqual([0, 0]);
    expectAbout(lags["response-timing"], 37);
    expectAbout(lags["background-sync"], 100);
    await stage.clear();
    await addRun(stage, { job: "followups", agoSeconds: 70 });
    await addRun(stage, { job: "background-sync", agoSeconds: 50, status: "partial" });
    // None of its runs left nothing: it cannot be more than since anything ran.
    expectAbout((await reportHealth(stage.deps)).jobs.find(({ job }) => job === "background-sync")?.lagSeconds, 70);
  });

  it("says nothing of a lag that cannot be measured, and everything else", async () => {
    const lagProbes = { "appointment-reconcile": () => Promise.reject(new Error("no such column")) };
    const { jobs } = await reportHealth({ ...stage.deps, lagProbes });
    expect(jobs[0]).toMatchObject({ job: "appointment-reconcile", lagSeconds: null, state: "never_run" });
  });

  it("lists the circuits that are not closed, with what is left of their cool-down", async () => {
    const { db } = stage.runtime;
    await db.client.createMany({ data: ["w1", "w2", "w3"].map((id) => ({ id, name: `Name of ${id}` })) });
    await db.$executeRaw`
      INSERT INTO "Circuit" ("clientId", "provider", "openedAt", "openUntil", "credentialDead", "reason") VALUES
        ('w1', 'GHL', now() - interval '1 minute', now() + interval '100 seconds', true, 'GHL: list: answered 403'),
        ('w2', 'CALENDLY', now() - interval '1 hour', now() - interval '1 second', false, 'for jane@example.com'),
        ('w3', 'GHL', NULL, NULL, false, NULL)`;
    const { circuits } = await reportHealth(stage.deps);
    expect(circuits).toMatchObject([
      { clientId: "w1", provider: "GHL", credentialDead: true, reason: "GHL: list: answered 403" },
      { clientId: "w2", provider: "CALENDLY", cooldownSeconds: 0, credentialDead: false, reason: "for [redacted]" },
    ]);
    expect(circuits[0]?.cooldownSeconds).toBeGreaterThan(60);
    expect(circuits[0]?.cooldownSeconds).toBeLessThanOrEqual(100);
  });
});

async function states(): Promise<Record<string, string>> {
  const { jobs } = await reportHealth(stage.deps);
  return Object.fromEntries(jobs.map(({ job, state }) => [job, state]));
}

/** At least so many seconds, and not many more: a machine under load takes a while from writing a row to asking. */
function expectAbout(found: number | null | undefined, seconds: number): void {
  expect(found).toBeGreaterThanOrEqual(seconds - 1);
  expect(found).toBeLessThan(seconds + 30);
}
