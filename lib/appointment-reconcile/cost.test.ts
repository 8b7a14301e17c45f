import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseEnv } from "@/lib/env";
import { createRuntime } from "@/lib/runtime";
import {
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcile,
  reconcileOnce,
  type Scene,
} from "@/scripts/testing/scene";

describe("the cost of a run", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it("is at most 25 statements, for a page of 5, 50 or 200 unchanged leads alike", async () => {
    for (const leads of [5, 50, 200]) {
      const clientId = await addWorkspaceWithMeetings(scene, leads);
      const statements = await countStatements(scene, { clientId, leadsPerWorkspace: leads });
      expect(statements, `${leads} leads`).toBeGreaterThan(5);
      expect(statements, `${leads} leads`).toBeLessThanOrEqual(25);
    }
  });

  it("is two requests for an unchanged lead with one meeting", async () => {
    const clientId = await addWorkspaceWithMeetings(scene, 20);
    scene.sandbox.ledger.clear();
    await reconcileOnce(scene, { clientId });
    expect(scene.sandbox.ledger.entries).toHaveLength(40);
  });

  it("is three statements when nothing is due, whatever the number of workspaces", async () => {
    const statements = await countStatements(scene, { staleDays: 7, hotMinutes: 60 });
    expect(statements).toBeLessThanOrEqual(3);
  });
});

describe("runs that overlap", () => {
  it("take different workspaces, share the work, and make no effect twice", async () => {
    const scene = await openScene();
    const { db } = scene.runtime;
    const { ghl } = scene.sandbox;
    const workspaces = await Promise.all([1, 2, 3, 4].map(() => addGhlWorkspace(scene)));
    const leads = await Promise.all(
      workspaces.flatMap((workspace) => Array.from({ length: 10 }, () => addGhlLead(scene, workspace))),
    );
    const meetings = leads.map((lead) => ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(20) }));
    await reconcileOnce(scene);
    for (const [index, meeting] of meetings.entries()) {
      if (index % 2 === 0) ghl.cancel(meeting.id);
      else ghl.reschedule(meeting.id, hoursFromNow(40));
    }
    scene.sandbox.ledger.clear();
    const runs = await Promise.all(Array.from({ length: 6 }, () => reconcile(scene, { staleDays: 7, hotMinutes: 60 })));
    await db.lead.updateMany({ data: { appointmentLastCheckedAt: null } });
    runs.push(...(await Promise.all(Array.from({ length: 6 }, () => reconcile(scene, { workspaceLimit: 2 })))));
    runs.push(await reconcile(scene));

    const ran = runs.filter((run) => run !== "locked");
    const sum = (field: "canceledFound" | "rescheduledFound" | "tasksCreated" | "errors") =>
      ran.reduce((total, run) => total + run[field], 0);
    expect({ canceled: sum("canceledFound"), rescheduled: sum("rescheduledFound"), errors: sum("errors") }).toEqual({
      canceled: 20,
      rescheduled: 20,
      errors: 0,
    });
    expect(sum("tasksCreated")).toBe(40);
    expect(await db.followUpTask.count()).toBe(40);
    expect(await db.appointment.count()).toBe(40);
    await scene.close();
  });
});

/** A workspace of so many leads, each with a meeting ahead that is on record already. */
async function addWorkspaceWithMeetings(scene: Scene, count: number): Promise<string> {
  const workspace = await addGhlWorkspace(scene);
  for (let index = 0; index < count; index++) {
    const lead = await addGhlLead(scene, workspace);
    scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(24 + index) });
  }
  await reconcileOnce(scene, { clientId: workspace.id, leadsPerWorkspace: 1000 });
  return workspace.id;
}

/** The statements of a run, without those that are there because the machine took its time. */
async function countStatements(scene: Scene, params: Parameters<typeof reconcile>[1]): Promise<number> {
  let [statements, exchanges] = [0, 0];
  const counting = createRuntime(parseEnv(scene.environment), {
    onStatement: (sql) => {
      if (/INSERT INTO "RateLimit"/.test(sql)) exchanges++;
      if (!isRenewal(sql)) statements++;
    },
  });
  const startedMs = performance.now();
  const run = await reconcileOnce(scene, { ...params, deps: counting.reconcile });
  const seconds = Math.floor((performance.now() - startedMs) / 1000);
  expect(run.noChange).toBe(run.leadsChecked);
  await counting.db.$disconnect();
  const becauseOfTime = Math.min(seconds, Math.max(0, exchanges - EXCHANGES_OF_A_PAGE));
  return statements - becauseOfTime * STATEMENTS_OF_AN_EXCHANGE;
}

/** Permits are taken for a page, and accounted for after it; they are trusted for a second, and then taken anew. */
const EXCHANGES_OF_A_PAGE = 2;
const STATEMENTS_OF_AN_EXCHANGE = 3;

/** A lease is renewed every few seconds: how often is a matter of the machine, not of the run. */
function isRenewal(sql: string): boolean {
  return /^\s*UPDATE "Lease" SET "expiresAt" = clock_timestamp\(\) \+/.test(sql);
}
