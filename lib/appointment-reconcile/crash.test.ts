import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runScript } from "@/scripts/testing/process";
import {
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcileOnce,
  type Scene,
} from "@/scripts/testing/scene";
import { RECONCILE_STEPS } from "./deps";

const WORKER = "scripts/testing/workers/reconcile.ts";

describe("a process that is killed", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it.each(RECONCILE_STEPS)("at %s loses no effect and doubles none", async (step) => {
    const stage = await setStage(scene);
    const killed = await runScript(WORKER, [step, "2"].slice(0, stepsOfLeads.has(step) ? 2 : 1), scene.environment);
    expect(killed, killed.stderr).toMatchObject({ signal: "SIGKILL" });
    await letLeasesRunOut(scene);
    const next = await reconcileOnce(scene, { workspaceLimit: 500 });
    expect(next).toMatchObject({ errors: 0, exhausted: true });
    await expectEveryEffectOnce(scene, stage);
  });

  it.each([20, 60, 90, 120, 150, 180, 220, 300])(
    "%i ms into the run loses no effect and doubles none",
    async (delayMs) => {
      const stage = await setStage(scene);
      await runScript(WORKER, [], scene.environment, { killMsAfterOutput: delayMs });
      await letLeasesRunOut(scene);
      expect(await reconcileOnce(scene, { workspaceLimit: 500 })).toMatchObject({ errors: 0, exhausted: true });
      await expectEveryEffectOnce(scene, stage);
    },
  );

  it("leaves a lease that ends by itself within 30 seconds", async () => {
    await setStage(scene);
    await runScript(WORKER, ["page_read"], scene.environment);
    const [lease] = await scene.runtime.db.$queryRaw<{ seconds: number }[]>`
      SELECT extract(epoch FROM max("expiresAt") - clock_timestamp())::float AS seconds FROM "Lease"`;
    expect(lease?.seconds).toBeGreaterThan(0);
    expect(lease?.seconds).toBeLessThanOrEqual(30);
    await letLeasesRunOut(scene);
  });
});

/** Steps that come once per lead that changed: these processes die at the second of them. */
const stepsOfLeads = new Set<string>([
  "observed",
  "lead_locked",
  "appointments_written",
  "roll_up_written",
  "effects_written",
  "lead_committed",
]);

type Stage = Awaited<ReturnType<typeof setStage>>;

/** A workspace in which, since the last run, one lead booked, one cancelled, one moved, and one did nothing. */
async function setStage(scene: Scene) {
  const { db } = scene.runtime;
  const { ghl } = scene.sandbox;
  const workspace = await addGhlWorkspace(scene);
  const clientId = workspace.id;
  const nudge = await db.followUpSequence.create({ data: { clientId, name: "Nudge" } });
  const welcome = await db.followUpSequence.create({
    data: { clientId, name: "Welcome", triggerOn: "meeting_selected" },
  });
  const leads = await Promise.all([1, 2, 3, 4].map(() => addGhlLead(scene, workspace)));
  const [booking, canceling, moving, quiet] = leads.map((lead) => ({ id: lead.id, contact: lead.ghlContactId ?? "" }));
  if (!booking || !canceling || !moving || !quiet) throw new Error("four leads were wanted");
  await db.followUpInstance.create({ data: { leadId: booking.id, sequenceId: nudge.id } });
  const toCancel = ghl.book(canceling.contact, { start: hoursFromNow(30) });
  const toMove = ghl.book(moving.contact, { start: hoursFromNow(31) });
  ghl.book(quiet.contact, { start: hoursFromNow(32) });
  await reconcileOnce(scene, { clientId });
  ghl.book(booking.contact, { start: hoursFromNow(33) });
  ghl.cancel(toCancel.id);
  ghl.reschedule(toMove.id, hoursFromNow(50));
  return { clientId, nudge, welcome, booking, canceling, moving, quiet };
}

async function letLeasesRunOut({ runtime: { db } }: Scene): Promise<void> {
  await db.$executeRaw`UPDATE "Lease" SET "expiresAt" = now() - interval '1 second'`;
}

async function expectEveryEffectOnce({ runtime: { db } }: Scene, stage: Stage): Promise<void> {
  const { booking, canceling, moving, quiet } = stage;
  const leads = await db.lead.findMany({ where: { clientId: stage.clientId } });
  const statusOf = (id: string) => leads.find((lead) => lead.id === id)?.status;
  expect([booking, canceling, moving, quiet].map(({ id }) => statusOf(id))).toEqual([
    "meeting-booked",
    "qualified",
    "meeting-booked",
    "meeting-booked",
  ]);
  const tasks = await db.followUpTask.findMany({ where: { lead: { clientId: stage.clientId } } });
  expect(tasks.map(({ leadId, type }) => ({ leadId, type })).toSorted(byType)).toEqual([
    { leadId: canceling.id, type: "meeting-canceled" },
    { leadId: moving.id, type: "meeting-rescheduled" },
  ]);
  const instances = await db.followUpInstance.findMany({ where: { lead: { clientId: stage.clientId } } });
  const stateOf = (leadId: string, sequenceId: string) =>
    instances.filter((one) => one.leadId === leadId && one.sequenceId === sequenceId).map((one) => one.status);
  expect(stateOf(booking.id, stage.nudge.id)).toEqual(["completed"]);
  expect(stateOf(booking.id, stage.welcome.id)).toEqual(["active"]);
  expect(stateOf(canceling.id, stage.welcome.id)).toEqual(["cancelled"]);
  expect(stateOf(moving.id, stage.welcome.id)).toEqual(["active"]);
  const appointments = await db.appointment.groupBy({
    by: ["leadId"],
    where: { clientId: stage.clientId },
    _count: true,
  });
  expect(appointments.map(({ _count }) => _count)).toEqual([1, 1, 1, 1]);
}

function byType(a: { type: string }, b: { type: string }): number {
  return a.type.localeCompare(b.type);
}
