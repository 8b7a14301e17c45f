import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { everyRow } from "@/scripts/testing/lead-story";
import { addKapsoWorkspace, openScene, type Scene, type TestWorkspace } from "@/scripts/testing/scene";
import { addQuietLead, hoursAgo, letTimePass, notesOf, personOf, syncOnce } from "@/scripts/testing/sync-story";

let scene: Scene;
let workspace: TestWorkspace;

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  workspace = await addKapsoWorkspace(scene);
});

const run = (params: Parameters<typeof syncOnce>[1] = {}) => syncOnce(scene, { clientId: workspace.id, ...params });
const quiet = (hours: number, fields?: Parameters<typeof addQuietLead>[3]) =>
  addQuietLead(scene, workspace, hours, fields);
const isFlagged = async (lead: { id: string }) => (await notesOf(scene, lead)).length > 0;

/** So many contacts, each quiet for a minute longer than the one before it, from two hours on. */
async function addQuietLeads(count: number): Promise<void> {
  await scene.runtime.db.$executeRaw`
    INSERT INTO "Lead" ("clientId", "lastActivityAt")
    SELECT ${workspace.id}, now() - interval '2 hours' - n * interval '1 minute' FROM generate_series(1, ${count}::int) n`;
}

const flaggedLeads = async () =>
  scene.runtime.db.lead.count({ where: { clientId: workspace.id, notes: { some: { addedBy: "background-sync" } } } });

describe("a contact is stale", () => {
  it("when nothing happened for longer than the threshold, going by activity, else change, else birth", async () => {
    await quiet(0.9);
    const [old] = [await quiet(3.5)];
    await quiet(0, { lastActivityAt: null, updatedAt: hoursAgo(2), createdAt: hoursAgo(30) });
    await quiet(0, { lastActivityAt: null, updatedAt: hoursAgo(0.5), createdAt: hoursAgo(30) });
    expect(await run()).toMatchObject({ checked: 4, stale: 2, flagged: 2 });
    expect(await notesOf(scene, old)).toEqual(["Sync check: No activity for 3 hours"]);
  });

  it("by the threshold that the call names", async () => {
    await quiet(3);
    await quiet(5);
    expect(await run({ staleMinutes: 240 })).toMatchObject({ checked: 2, stale: 1, flagged: 1 });
  });

  it("unless it is archived or converted: then it is not in scope", async () => {
    for (const status of ["archived", "converted"]) await quiet(5, { status });
    for (const status of ["blacklisted", "new"]) await quiet(5, { status });
    expect(await run()).toMatchObject({ checked: 2, stale: 2, flagged: 2 });
  });

  it("and the flag changes nothing of it that others read", async () => {
    const lead = await quiet(5);
    await run();
    const { staleFlaggedAt, ...now } = await scene.runtime.db.lead.findUniqueOrThrow({ where: { id: lead.id } });
    expect(staleFlaggedAt).toBeInstanceOf(Date);
    expect({ ...now, staleFlaggedAt: null }).toEqual(lead);
  });
});

describe("a flag", () => {
  it("is left once in 24 hours", async () => {
    const lead = await quiet(5);
    await run();
    await letTimePass(scene, workspace, 23);
    expect(await run()).toMatchObject({ stale: 1, flagged: 0 });
    await letTimePass(scene, workspace, 1);
    expect(await run()).toMatchObject({ stale: 1, flagged: 1 });
    expect(await notesOf(scene, lead)).toHaveLength(2);
  });

  it("waits for one that another program left under the same name, but for nobody else's notes", async () => {
    const { db } = scene.runtime;
    const [waiting, due] = [await quiet(5), await quiet(5)];
    const content = "Sync check: No activity for 4 hours";
    await db.leadNote.create({ data: { leadId: waiting.id, content, addedBy: "background-sync" } });
    await db.leadNote.create({ data: { leadId: due.id, content, addedBy: "setter" } });
    await db.leadNote.create({
      data: { leadId: due.id, content: "Missed webhook: 3 messages recovered", addedBy: "background-sync" },
    });
    expect(await run()).toMatchObject({ stale: 2, flagged: 1 });
    expect(await notesOf(scene, waiting)).toHaveLength(1);
  });

  it("goes to those first that have been quiet for longest", async () => {
    const [short, long] = [await quiet(3), await quiet(9)];
    expect(await run({ batchSize: 1 })).toMatchObject({ stale: 2, flagged: 1, exhausted: false, stopReason: "limit" });
    expect(await isFlagged(long)).toBe(true);
    expect(await isFlagged(short)).toBe(false);
  });

  it("goes to the 51st contact too, though the first 50 have theirs", async () => {
    await addQuietLeads(51);
    expect(await run({ batchSize: 50 })).toMatchObject({ stale: 51, flagged: 50, exhausted: false });
    expect(await run({ batchSize: 50 })).toMatchObject({ stale: 51, flagged: 1, exhausted: true, stopReason: "done" });
    expect(await run({ batchSize: 50 })).toMatchObject({ stale: 51, flagged: 0, exhausted: true });
  });

  it("comes to everybody in turn, though more are quiet than a day has room for", async () => {
    await addQuietLeads(100);
    for (let day = 1; day <= 5; day++) {
      expect(await run({ batchSize: 20 })).toMatchObject({ stale: 100, flagged: 20 });
      expect(await flaggedLeads()).toBe(day * 20);
      await letTimePass(scene, workspace, 25);
    }
    expect(await run({ batchSize: 20 })).toMatchObject({ flagged: 20 });
  });
});

describe("a dry run", () => {
  it("says what would happen, and writes nothing", async () => {
    const [lost, old] = [await quiet(30), await quiet(5)];
    const { kapso } = scene.sandbox;
    kapso.receive(workspace.account, personOf(lost));
    kapso.receive(workspace.account, personOf(old), { at: hoursAgo(3) });
    for (let count = 0; count < 3; count++) await quiet(8);
    const before = await everyRow(scene);
    const dry = await run({ dryRun: true, batchSize: 2 });
    expect(await everyRow(scene)).toEqual(before);
    const real = await run({ batchSize: 2 });
    expect(dry).toEqual(real);
    expect(real).toMatchObject({ checked: 5, stale: 4, flagged: 2, verified: 2, missed: 2, recovered: 2 });
  });
});
