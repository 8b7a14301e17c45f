import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { collectMetrics } from "./metrics";
import { raiseAlarms } from "./raise";
import { type ParsedFamily, parseExposition } from "./testing/parse-exposition";
import { addRun, openStage, type Stage } from "./testing/stage";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => stage.clear());

describe("the metrics", () => {
  it("are of the format, and have a help and a name of ours, where nothing ever ran", async () => {
    const families = await scrape();
    expect(families.length).toBeGreaterThan(8);
    for (const { name, help } of families) {
      expect(name).toMatch(/^leadline_[a-z]+(_[a-z]+)*$/);
      expect(help).toMatch(/^[A-Z0-9].+\.$/);
    }
    expect(figureOf(families, "leadline_build_info", { version: "0.1.0" })).toBe(1);
    expect(figureOf(families, "leadline_job_overdue", { job: "followups" })).toBe(0);
    expect(families.some(({ name }) => name === "leadline_job_last_success_timestamp_seconds")).toBe(false);
  });

  it("say of each job when it last ran and succeeded, how long that took and what came of it", async () => {
    const job = "appointment-reconcile";
    const result = { leadsChecked: 12, bookedFound: 3, errors: 1, circuitBroken: true, anythingElse: 99 };
    await addRun(stage, { job, agoSeconds: 120, tookSeconds: 2.5, result, status: "partial" });
    await addRun(stage, { job, agoSeconds: 60, status: "failed", result: { leadsChecked: 99 } });
    await addRun(stage, { job, agoSeconds: 30, dryRun: true });
    const families = await scrape();
    const lastRun = figureOf(families, "leadline_job_last_run_timestamp_seconds", { job });
    const lastSuccess = figureOf(families, "leadline_job_last_success_timestamp_seconds", { job });
    expect(lastRun - lastSuccess).toBeGreaterThanOrEqual(120 - 60 - 2.5);
    expect(lastRun - lastSuccess).toBeLessThan(120 - 60 + 30);
    expect(figureOf(families, "leadline_job_last_success_duration_seconds", { job })).toBe(2.5);
    expect(figureOf(families, "leadline_last_success_leads_checked", { job })).toBe(12);
    expect(figureOf(families, "leadline_last_success_bookings_found", { job })).toBe(3);
    expect(figureOf(families, "leadline_last_success_run_breaker_tripped", { job })).toBe(1);
    expect(figureOf(families, "leadline_job_runs_last_day", { job, status: "partial" })).toBe(1);
    expect(figureOf(families, "leadline_job_runs_last_day", { job, status: "failed" })).toBe(1);
    expect(figureOf(families, "leadline_job_runs_last_day", { job, status: "completed" })).toBe(0);
    expect(JSON.stringify(families)).not.toMatch(/anything/i);
  });

  it("read every figure of the contract's results", async () => {
    const results = {
      followups: {
        ...{ backstop: { completedCount: 1 }, snoozed: { resumedCount: 2 }, resumed: { resumedCount: 3 } },
        enrichment: { resumedCount: 4, skippedCount: 5 },
        results: { due: 6, sent: 7, tasks: 8, completed: 9, deferred: 10, blocked: 11, failed: 12, unknown: 13 },
      },
      "response-timing": {
        processed: 1,
        skipped: 2,
        inserted: 3,
        updated: 4,
        retracted: 5,
        mismatches: 6,
        lagSeconds: null,
      },
      "background-sync": { workspaces: 1, checked: 2, stale: 3, flagged: 4, verified: 5, missed: 6, errors: 7 },
    };
    for (const [job, result] of Object.entries(results)) await addRun(stage, { job, result });
    const families = await scrape();
    const figures = families.filter(({ name }) => name.startsWith("leadline_last_success_"));
    const found = figures.flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => [labels["job"], name.slice("leadline_last_success_".length), value]),
    );
    expect(found).toEqual(
      expect.arrayContaining([
        ["followups", "instances_resumed", 2 + 3 + 4],
        ["followups", "steps_sent", 7],
        ["followups", "sends_unknown", 13],
        ["response-timing", "rows_mismatched", 6],
        ["background-sync", "workspaces_failed", 7],
      ]),
    );
    expect(found).toHaveLength(8 + 5 + 7);
  });

  it("count what is open, at work, firing and untold", async () => {
    const { db } = stage.runtime;
    const ids = ["w1", "w2", "w3"];
    await db.client.createMany({ data: ids.map((id) => ({ id, name: "Acme", ghlPrivateKey: "key" })) });
    const open = { openUntil: new Date(), provider: "GHL", credentialDead: true };
    await db.circuit.createMany({ data: ids.slice(1).map((clientId) => ({ clientId, ...open })) });
    await db.circuit.create({ data: { clientId: "w1", provider: "GHL" } });
    const backfill = { job: "backfill-appointments", fingerprint: "f", identity: {}, status: "running" };
    await db.backfillRun.create({ data: backfill });
    await db.backfillRun.create({ data: { ...backfill, status: "stopped" } });
    await db.backfillRun.create({ data: { ...backfill, updatedAt: new Date(0) } });
    await addRun(stage, { job: "followups", status: "running" });
    for (const { job } of stage.deps.jobs) await addRun(stage, { job });
    await raiseAlarms(stage.deps);
    const families = await scrape();
    expect(figureOf(families, "leadline_circuits_open", { provider: "GHL" })).toBe(2);
    expect(figureOf(families, "leadline_circuits_open", { provider: "KAPSO" })).toBe(0);
    expect(figureOf(families, "leadline_backfills_running", { job: "backfill-appointments" })).toBe(1);
    expect(figureOf(families, "leadline_alarms_firing", { kind: "credential_dead" })).toBe(2);
    expect(figureOf(families, "leadline_alerts_untold", {})).toBe(2);
    expect(figureOf(families, "leadline_job_running", { job: "followups" })).toBe(1);
    expect(JSON.stringify(families)).not.toContain("w1");
  });

  it("have as many series for three hundred workspaces as for none", async () => {
    await raiseAlarms(stage.deps);
    const before = countSeries(await scrape());
    const { db } = stage.runtime;
    await db.$executeRaw`
      INSERT INTO "Client" ("id", "name", "calendlyAccessToken") SELECT 'w' || g, 'Acme', 'token' FROM generate_series(1, 300) g`;
    await db.$executeRaw`
      INSERT INTO "Circuit" ("clientId", "provider", "openUntil", "credentialDead")
      SELECT "id", 'CALENDLY', now(), true FROM "Client"`;
    await raiseAlarms(stage.deps);
    expect(countSeries(await scrape())).toBe(before);
  });
});

async function scrape(): Promise<ParsedFamily[]> {
  return parseExposition(await collectMetrics(stage.deps));
}

function figureOf(families: readonly ParsedFamily[], name: string, labels: Record<string, string>): number {
  const { samples } = families.find((family) => family.name === name) ?? { samples: [] };
  const found = samples.filter((sample) =>
    Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  );
  if (found.length !== 1) throw new Error(`${found.length} samples of ${name} have ${JSON.stringify(labels)}`);
  return found[0]?.value ?? Number.NaN;
}

function countSeries(families: readonly ParsedFamily[]): number {
  return families.reduce((sum, { samples }) => sum + samples.length, 0);
}
