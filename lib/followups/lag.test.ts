import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Prisma } from "@/prisma/generated/client";
import {
  addFollowUpSequence,
  minutesAgo,
  setDueStage,
  startInstance,
  wednesdayClock,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";
import { measureFollowUpLag } from "./lag";
import { oldestDueQuery } from "./store/oldest-due";

/** Not to be thrown by the second or so between writing a row and asking. */
const SLACK_SECONDS = 50;

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.runtime.db.client.deleteMany({});
});

type Stage = Awaited<ReturnType<typeof setDueStage>>;
const db = () => scene.runtime.db;
const lag = () => measureFollowUpLag({ ...scene.runtime.followups, clock: wednesdayClock });

async function expectMinutes(minutes: number): Promise<void> {
  const seconds = await lag();
  expect(seconds).toBeGreaterThanOrEqual(minutes * 60);
  expect(seconds).toBeLessThan(minutes * 60 + SLACK_SECONDS);
}

describe("follow-ups lag by", () => {
  it("nothing where no step is due", async () => {
    expect(await lag()).toBe(0);
    await setDueStage(scene, [{}], { instance: { nextStepDue: minutesAgo(-5) } });
    await setDueStage(scene, [{}], { instance: { nextStepDue: null } });
    await setDueStage(scene, [{}], { instance: { status: "paused", pausedReason: "no_sender" } });
    expect(await lag()).toBe(0);
  });

  it("how long the step that has been due longest has waited, whichever workspace and sequence it is of", async () => {
    await setDueStage(scene);
    await expectMinutes(60);
    const { workspace, lead } = await setDueStage(scene, [{}], { instance: { nextStepDue: minutesAgo(2) } });
    const other = await addFollowUpSequence(scene, workspace, [{}]);
    await startInstance(scene, lead, other, { nextStepDue: minutesAgo(75) });
    await expectMinutes(75);
  });

  it.each<[string, (stage: Stage) => Promise<unknown>]>([
    ["lead is booked", ({ lead: { id } }) => setLead(id, { status: "meeting-booked" })],
    ["lead is snoozed", ({ lead: { id } }) => setLead(id, { snoozedUntil: minutesAgo(-60) })],
    ["lead has opted out", ({ lead: { id } }) => setLead(id, { autoFollowUpEnabled: false })],
    ["lead belongs to people", ({ lead: { id } }) => setLead(id, { status: "archived" })],
    ["workspace is paused", ({ workspace: { id } }) => setWorkspace(id, { followUpsPausedUntil: minutesAgo(-60) })],
    ["sequence is not active", ({ sequence: { id } }) => setSequence(id, { isActive: false })],
    ["message is under way", ({ instance: { id } }) => claim(id)],
    ["provider is behind a circuit that is not closed", ({ workspace: { id } }) => breakCircuit(id, "GHL")],
  ])("nothing for a step whose %s, and what is due after it", async (_, happen) => {
    const stage = await setDueStage(scene);
    await happen(stage);
    expect(await lag()).toBe(0);
    await setDueStage(scene, [{}], { instance: { nextStepDue: minutesAgo(7) } });
    await expectMinutes(7);
  });

  it("what a step behind a circuit waits that needs no provider, or another one", async () => {
    const { workspace } = await setDueStage(scene, [{ channel: "call" }]);
    await breakCircuit(workspace.id, "GHL");
    await expectMinutes(60);
    await db().client.deleteMany({});
    const other = await setDueStage(scene);
    await breakCircuit(other.workspace.id, "KAPSO");
    await breakCircuit(other.workspace.id, "CALENDLY");
    await expectMinutes(60);
  });

  const setLead = (id: string, data: object) => db().lead.update({ where: { id }, data });
  const setWorkspace = (id: string, data: object) => db().client.update({ where: { id }, data });
  const setSequence = (id: string, data: object) => db().followUpSequence.update({ where: { id }, data });
  const claim = (id: string) =>
    db().$executeRaw`UPDATE "FollowUpInstance" SET "claimToken" = 'x', "claimExpiresAt" = now() + interval '1 minute'
      WHERE "id" = ${id}`;
  const breakCircuit = (clientId: string, provider: string) =>
    db().circuit.create({ data: { clientId, provider, openUntil: new Date() } });
});

describe("the lag of many follow-ups", () => {
  it("is read from the order of the index, a few entries of each sequence", async () => {
    const { workspace } = await setDueStage(scene);
    await addCrowd(workspace.id, 10_000);
    const rows = await db().$queryRaw<Record<string, string>[]>(
      Prisma.sql`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${oldestDueQuery(minutesAgo(0), [
        { workspaceId: workspace.id, channel: "email" },
      ])}`,
    );
    const plan = rows.map((row) => Object.values(row)[0]).join("\n");
    expect(plan).toMatch(/Index Scan using "FollowUpInstance_due_idx"/);
    expect(plan).not.toMatch(/Seq Scan on "(FollowUpInstance|Lead)"/);
    // The longest overdue are of leads who opted out: those are passed over, and nothing beyond the first that counts.
    const read = [...plan.matchAll(/"?FollowUpInstance_due_idx"? on .*actual rows=(\d+)/g)].map(([, rows]) =>
      Number(rows),
    );
    expect(read.length).toBeGreaterThan(0);
    expect(Math.max(...read)).toBeLessThanOrEqual(20);
    await expectMinutes(60);
  });

  /** So many due instances, the ten longest overdue of them of leads who opted out, and as many that are not due. */
  async function addCrowd(clientId: string, count: number): Promise<void> {
    const sequence = await addFollowUpSequence(scene, { id: clientId }, [{}]);
    await db().$executeRaw`
      INSERT INTO "Lead" ("id", "clientId", "autoFollowUpEnabled")
      SELECT 'crowd' || n, ${clientId}, n > 10 FROM generate_series(1, ${count * 2}::int) n`;
    await db().$executeRaw`
      INSERT INTO "FollowUpInstance" ("leadId", "sequenceId", "nextStepDue")
      SELECT 'crowd' || n, ${sequence.id}, ${minutesAgo(50)}::timestamptz
        + CASE WHEN n <= 10 THEN interval '-1 day' WHEN n > ${count}::int THEN interval '1 day' ELSE interval '1 ms' * n END
      FROM generate_series(1, ${count * 2}::int) n`;
    await db().$executeRaw`ANALYZE`;
  }
});
