import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startDeadline } from "@/lib/core/time";
import {
  addSequence,
  appointmentsOf,
  expectNothingLeftToDo,
  instanceOf,
  leadNow,
  tasksOf,
} from "@/scripts/testing/lead-story";
import {
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcileOnce,
  type Scene,
  type TestWorkspace,
} from "@/scripts/testing/scene";
import type { ReconcileDeps } from "./deps";
import { reconcileSingleLead } from "./single-lead";

describe("when two look at one lead at the same time", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterEach(() => expectNothingLeftToDo(scene));
  afterAll(() => scene.close());

  async function addBookedLead() {
    const workspace = await addGhlWorkspace(scene);
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const lead = await addGhlLead(scene, workspace);
    const meeting = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    await reconcileOnce(scene, { clientId: workspace.id });
    return { workspace, sequence, lead, meeting };
  }

  /** A run in which something happens between what the provider answered and what is made of it. */
  const runWhile = ({ id: clientId }: TestWorkspace, happen: () => Promise<unknown>) =>
    reconcileOnce(scene, { clientId, deps: { openSession: afterObserving(scene.runtime.reconcile, happen) } });

  async function lookAt(lead: { id: string }) {
    const deadline = startDeadline(30_000);
    const result = await reconcileSingleLead(scene.runtime.reconcile, lead.id, { deadline });
    deadline.dispose();
    return result;
  }

  it("the effects happen once, and the one who comes second leaves the lead as it is", async () => {
    const { workspace, sequence, lead, meeting } = await addBookedLead();
    scene.sandbox.ghl.cancel(meeting.id);
    const ran = await runWhile(workspace, () => lookAt(lead));
    expect(ran).toMatchObject({ canceledFound: 0, tasksCreated: 0, skippedByReason: { changed_meanwhile: 1 } });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled"]);
    expect(await instanceOf(scene, lead, sequence)).toMatchObject({ status: "cancelled" });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "qualified", appointmentSource: "manual" });
  });

  it("news that is old by the time it would be written is not written", async () => {
    const { workspace, lead, meeting } = await addBookedLead();
    scene.sandbox.ghl.reschedule(meeting.id, hoursFromNow(72));
    const ran = await runWhile(workspace, async () => {
      scene.sandbox.ghl.cancel(meeting.id);
      await lookAt(lead);
    });
    expect(ran).toMatchObject({ rescheduledFound: 0, tasksCreated: 0, skipped: 1 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "qualified", appointmentStatus: "canceled" });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled"]);
  });

  it("a sequence that a booking started is not set back by the same booking", async () => {
    const workspace = await addGhlWorkspace(scene);
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const lead = await addGhlLead(scene, workspace);
    scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    const { db } = scene.runtime;
    const sent = { currentStep: 2, status: "completed", completedReason: "finished", nextStepDue: null };
    const ran = await runWhile(workspace, async () => {
      await lookAt(lead);
      await db.followUpInstance.updateMany({ where: { leadId: lead.id }, data: sent });
    });
    expect(ran).toMatchObject({ bookedFound: 0 });
    expect(await instanceOf(scene, lead, sequence)).toMatchObject(sent);
  });

  it("a status that people set in the meantime counts", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace);
    scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    const { db } = scene.runtime;
    await runWhile(workspace, () => db.lead.update({ where: { id: lead.id }, data: { status: "blacklisted" } }));
    expect(await leadNow(scene, lead)).toMatchObject({ status: "blacklisted", appointmentStatus: "confirmed" });
  });

  it("a lead that is deleted in the meantime is no error", async () => {
    const { workspace, lead, meeting } = await addBookedLead();
    scene.sandbox.ghl.cancel(meeting.id);
    await addGhlLead(scene, workspace);
    const ran = await runWhile(workspace, () => scene.runtime.db.lead.deleteMany({ where: { id: lead.id } }));
    expect(ran).toMatchObject({ errors: 0, canceledFound: 0, skipped: 1 });
  });

  it("a transition whose record was lost is found again, and its task is still the only one", async () => {
    const { workspace, lead, meeting } = await addBookedLead();
    const [row] = await appointmentsOf(scene, lead);
    const { appointmentStatus, appointmentCanceledAt, status } = await leadNow(scene, lead);
    scene.sandbox.ghl.cancel(meeting.id);
    await reconcileOnce(scene, { clientId: workspace.id });
    const { db } = scene.runtime;
    await db.appointment.updateMany({ where: { leadId: lead.id }, data: { ...row } });
    await db.lead.update({ where: { id: lead.id }, data: { appointmentStatus, appointmentCanceledAt, status } });
    expect(await reconcileOnce(scene, { clientId: workspace.id })).toMatchObject({ canceledFound: 1, tasksCreated: 0 });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled"]);
  });
});

/** Sessions whose source answers as ever, and then lets something happen, once. */
function afterObserving({ openSession }: ReconcileDeps, happen: () => Promise<unknown>): ReconcileDeps["openSession"] {
  let left = 1;
  return async (workspace, options) => {
    const session = await openSession(workspace, options);
    if (session === "circuit_open") return session;
    const source: typeof session.source = {
      provider: session.source.provider,
      async observe(subject, signal) {
        const observation = await session.source.observe(subject, signal);
        if (left-- > 0) await happen();
        return observation;
      },
    };
    return { ...session, source };
  };
}
