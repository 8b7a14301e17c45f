import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addSampleWorkspaces } from "../environment/sample-workspaces";
import { openScene, reconcileOnce, type Scene } from "../testing/scene";
import { changedRows, takeSnapshot } from "../truth/snapshot";
import { playAct, type Stage, setStage } from "../truth/stage";
import { checkCircuits, checkRate, checkRecords, checkStillness, checkTicks } from "./checks";

let scene: Scene;
let stage: Stage;

/** The demo's own stage and plots, with the crons' runner in the place of the app. */
beforeAll(async () => {
  // The rates that the demo runs at, so that its check of them has something to look at.
  scene = await openScene({ GHL_REQUESTS_PER_10S: "90", CALENDLY_REQUESTS_PER_MINUTE: "450" });
  const { db } = scene.runtime;
  stage = await setStage(scene.sandbox, db, await addSampleWorkspaces(scene.sandbox, db));
  playAct(stage, 0);
  await reconcileOnce(scene, { leadsPerWorkspace: 200, workspaceLimit: 50 });
});

afterAll(() => scene.close());

describe("the demo's checks", () => {
  it("let a calm database pass, and name every row that changes", async () => {
    const { db } = scene.runtime;
    const before = await takeSnapshot(db);
    expect(before.size).toBeGreaterThan(400);
    await db.$executeRaw`UPDATE "Lead" SET "appointmentLastCheckedAt" = now()`;
    await db.$executeRaw`UPDATE "Client" SET "appointmentReconciledAt" = now()`;
    expect(checkStillness(before, await takeSnapshot(db)).disagreements).toEqual([]);

    const [changed, removed] = await db.followUpInstance.findMany({ take: 2 });
    await db.followUpInstance.update({ where: { id: changed?.id ?? "" }, data: { currentStep: 7 } });
    await db.followUpInstance.delete({ where: { id: removed?.id ?? "" } });
    const leadId = stage.parts[0]?.actor.lead.id ?? "";
    const added = await db.followUpTask.create({ data: { leadId, type: "call", dueDate: new Date() } });
    const rows = changedRows(before, await takeSnapshot(db)).toSorted();
    const instances = [changed, removed].map((row) => `FollowUpInstance ${row?.id}`).toSorted();
    expect(rows).toEqual([...instances, `FollowUpTask ${added.id}`]);
    await db.followUpTask.delete({ where: { id: added.id } });
  });

  it("find out that the story is not over, and about whom", async () => {
    const checks = await checkRecords(stage, scene.sandbox, scene.runtime.db);
    const tasks = checks.find(({ name }) => name === "tasks");
    expect(tasks?.disagreements.length).toBeGreaterThan(20);
  });

  it("want the circuit of the dead credential open, and no other", async () => {
    const { db } = scene.runtime;
    expect((await checkCircuits(stage, db)).disagreements).toEqual([]);
    await db.circuit.updateMany({ data: { openUntil: null } });
    expect((await checkCircuits(stage, db)).disagreements).toEqual(["the circuit of Dune Travel is closed"]);
    const clientId = stage.workspaces[0]?.id ?? "";
    const openUntil = new Date(Date.now() + 60_000);
    const key = { clientId, provider: "GHL" };
    await db.circuit.upsert({
      where: { clientId_provider: key },
      update: { openUntil },
      create: { ...key, openUntil },
    });
    expect((await checkCircuits(stage, db)).disagreements).toContain("the circuit of Harbor Dental is open");
  });

  it("want no location to get more than 90 requests in 10 seconds", () => {
    expect(checkRate(scene.sandbox).disagreements).toEqual([]);
    const arrival = { provider: "GHL", account: "busy", method: "GET", path: "/", query: "" } as const;
    for (let sent = 0; sent < 91; sent++) scene.sandbox.ledger.note(arrival);
    expect(checkRate(scene.sandbox).disagreements).toEqual(["a location got 91 requests in 10 s, allowed are 90"]);
  });

  it("want every tick answered well", () => {
    const tick = { job: "followups", calls: 1, durationMs: 5, figures: new Map() };
    expect(checkTicks([{ ...tick, complaints: [] }]).disagreements).toEqual([]);
    expect(checkTicks([{ ...tick, complaints: ["it did not"] }]).disagreements).toEqual(["it did not"]);
  });
});
