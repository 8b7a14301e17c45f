import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createLogger } from "@/lib/core/log";
import { startDeadline } from "@/lib/core/time";
import { createDb } from "@/lib/db/client";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";
import {
  addFollowUpSequence,
  addReachableLead,
  followUp,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { completeFollowUpsForMeetingBookedLeads } from "./backstop";
import type { FollowUpStep } from "./deps";
import { runFollowUps } from "./runner";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterEach(async () => {
  await scene.runtime.db.client.deleteMany({});
});
afterAll(() => scene.close());

describe("a step that fails", () => {
  /** From now on the database refuses an update that brings an instance into this state. */
  async function refuse(condition: string): Promise<() => Promise<unknown>> {
    const { db } = scene.runtime;
    await db.$executeRawUnsafe(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'out of luck'; END $$`);
    await db.$executeRawUnsafe(`
      CREATE TRIGGER refuse BEFORE UPDATE ON "FollowUpInstance" FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`);
    return () => db.$executeRawUnsafe("DROP FUNCTION refuse CASCADE");
  }

  it.each([
    ["backstop", `NEW."completedReason" = 'meeting_booked_backstop'`, { lead: { status: "meeting-booked" } }],
    [
      "snoozed",
      `OLD."pausedReason" = 'lead_snoozed'`,
      { instance: { status: "paused", pausedReason: "lead_snoozed" } },
    ],
    [
      "enrichment",
      `OLD."pausedReason" = 'awaiting_enrichment'`,
      { instance: { status: "paused", pausedReason: "awaiting_enrichment" } },
    ],
    ["due", `NEW."claimToken" IS NOT NULL`, {}],
  ])("is named, and the rest still runs: %s", async (step, condition, more) => {
    const stage = await setDueStage(scene, [{}], more);
    const other = await addReachableLead(scene, stage.workspace);
    await startInstance(scene, other, stage.sequence);
    const allow = await refuse(condition);
    const outcome = await runFollowUps(scene.runtime.followups, { dryRun: false }, startDeadline(20_000));
    await allow();
    expect(outcome).toMatchObject({
      kind: "failed",
      error: `failed: ${step}`,
      result: { errors: [{ step, message: expect.stringContaining("out of luck") }], exhausted: false },
    });
    expect(await instanceNow(scene, stage.instance)).toMatchObject({ status: stage.instance.status });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await followUp(scene)).toMatchObject({ errors: [] });
  });

  it("throws where the backstop is called by itself: it never looks as if it had found nothing", async () => {
    await setDueStage(scene, [{}], { lead: { status: "meeting-booked" } });
    const allow = await refuse("true");
    const { db } = scene.runtime;
    await expect(completeFollowUpsForMeetingBookedLeads({ db, now: new Date() })).rejects.toThrow("out of luck");
    await allow();
    expect(await completeFollowUpsForMeetingBookedLeads({ db, now: new Date() })).toMatchObject({ completedCount: 1 });
  });

  it("is no step's own where the database cannot be reached: the run throws", async () => {
    const db = createDb("postgresql://nobody@127.0.0.1:1/nothing");
    const run = runFollowUps({ ...scene.runtime.followups, db }, { dryRun: true }, startDeadline(5_000));
    await expect(run).rejects.toThrow();
    await db.$disconnect();
  });
});

describe("a run's time", () => {
  it("ends its claims, and the result says that something is left", async () => {
    const { workspace, sequence, instance } = await setDueStage(scene);
    for (let index = 0; index < 25; index++) {
      await startInstance(scene, await addReachableLead(scene, workspace), sequence);
    }
    const deadline = new AbortController();
    const parent = startDeadline(30_000, deadline.signal);
    const onStep = (step: FollowUpStep) => {
      if (step === "recorded") deadline.abort();
    };
    const outcome = await runFollowUps(
      { ...scene.runtime.followups, clock: { now: () => NOON }, onStep },
      { dryRun: false },
      parent,
    );
    expect(outcome).toMatchObject({ kind: "ran", result: { exhausted: false, stopReason: "time_budget" } });
    const sent = await scene.runtime.db.followUpSend.count();
    expect(sent).toBeLessThan(20);
    const claimed = await scene.runtime.db.followUpInstance.count({ where: { claimToken: { not: null } } });
    expect(claimed).toBe(0);
    await followUpOnce(scene);
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed" });
  });

  it("that is over before it begins changes nothing", async () => {
    const { instance } = await setDueStage(scene, [{}], { lead: { status: "meeting-booked" } });
    const over = startDeadline(30_000, AbortSignal.abort());
    const outcome = await runFollowUps(scene.runtime.followups, { dryRun: false }, over);
    expect(outcome).toMatchObject({ kind: "ran", result: { exhausted: false, stopReason: "time_budget" } });
    expect(await instanceNow(scene, instance)).toEqual(instance);
  });
});

const NOON = new Date("2026-11-18T13:00:00Z");

describe("the backstop", () => {
  it("completes any number, and warns of them with a few ids and the paths that missed them", async () => {
    const { workspace, sequence } = await setDueStage(scene, [{}], { lead: { status: "meeting-booked" } });
    const { db } = scene.runtime;
    await db.$executeRaw`
      INSERT INTO "Lead" ("id", "clientId", "status", "appointmentSource")
      SELECT 'booked-' || g, ${workspace.id}, 'meeting-booked', CASE WHEN g % 2 = 0 THEN 'webhook' END
      FROM generate_series(1, 2300) g`;
    await db.$executeRaw`
      INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "status")
      SELECT "id", ${sequence.id}, CASE WHEN "appointmentSource" IS NULL THEN 'active' ELSE 'paused' END
      FROM "Lead" WHERE starts_with("id", 'booked-')`;
    const log = createLogger({ level: "silent" });
    const warnings: unknown[] = [];
    Object.assign(log, { warn: (fields: unknown) => warnings.push(fields) });
    const ran = await completeFollowUpsForMeetingBookedLeads({ db, now: new Date(), log });
    expect(ran).toEqual({ completedCount: 2_301, exhausted: true });
    const [warning, ...others] = warnings;
    expect(others).toEqual([]);
    expect(warning).toMatchObject({
      completedCount: 2_301,
      bookedBy: { webhook: 1_150, "status set by hand or by another program": 1_151 },
    });
    expect(JSON.stringify(warning).length).toBeLessThan(2_000);
    expect(await completeFollowUpsForMeetingBookedLeads({ db, now: new Date(), log })).toMatchObject({
      completedCount: 0,
    });
    expect(warnings).toHaveLength(1);
  });
});

describe("the cost of a run", () => {
  it("is the same few statements when nothing is due, however many instances there are", async () => {
    const { workspace, sequence } = await setDueStage(scene, [{}], { instance: { nextStepDue: minutesAgo(-600) } });
    const few = await countStatements();
    await scene.runtime.db.$executeRaw`
      INSERT INTO "Lead" ("id", "clientId") SELECT 'idle-' || g, ${workspace.id} FROM generate_series(1, 3000) g`;
    await scene.runtime.db.$executeRaw`
      INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "nextStepDue")
      SELECT "id", ${sequence.id}, ${minutesAgo(-600)}::timestamptz FROM "Lead" WHERE starts_with("id", 'idle-')`;
    expect(await countStatements()).toBe(few);
    expect(few).toBeLessThanOrEqual(15);
  });

  it("is a few statements for a batch that needs no provider, whatever its size", async () => {
    const { workspace } = await setDueStage(scene, []);
    const calls = await addFollowUpSequence(scene, workspace, [{ channel: "call" }]);
    const small = await countStatements();
    for (let index = 0; index < 20; index++) {
      await startInstance(scene, await addReachableLead(scene, workspace), calls);
    }
    expect(await countStatements()).toBeLessThanOrEqual(small + 2);
  });

  async function countStatements(): Promise<number> {
    let statements = 0;
    const counting = createRuntime(parseEnv(scene.environment), { onStatement: () => statements++ });
    await followUpOnce(scene, { deps: { db: counting.db } });
    await counting.db.$disconnect();
    return statements;
  }
});
