import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addCalendlyLead,
  addCalendlyWorkspace,
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcileOnce,
  type Scene,
} from "@/scripts/testing/scene";

describe("a run of appointment reconcile", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterAll(() => scene.close());

  it("finds a booking that no webhook told of, and stops what was written to bring it about", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace);
    const { db } = scene.runtime;
    const sequence = await db.followUpSequence.create({ data: { clientId: workspace.id, name: "Nudge" } });
    await db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: sequence.id, nextStepDue: new Date() } });
    const meeting = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });

    const run = await reconcileOnce(scene, { clientId: workspace.id });

    expect(run).toMatchObject({ leadsChecked: 1, bookedFound: 1, errors: 0, exhausted: true, stopReason: "done" });
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({
      status: "meeting-booked",
      ghlAppointmentId: meeting.id,
      appointmentStatus: "confirmed",
      appointmentStartAt: meeting.start,
      appointmentSource: "reconcile_cron",
    });
    expect(await db.followUpInstance.findFirst({ where: { leadId: lead.id } })).toMatchObject({
      status: "completed",
      completedReason: "meeting_booked",
      nextStepDue: null,
    });
  });

  it("finds a Calendly reschedule, and leaves one task for it", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const { db } = scene.runtime;
    const first = scene.sandbox.calendly.book(lead.email ?? "", {
      organizationUri: workspace.account,
      start: hoursFromNow(24),
    });
    expect(await reconcileOnce(scene, { clientId: workspace.id })).toMatchObject({ bookedFound: 1 });
    const second = scene.sandbox.calendly.reschedule(first.uri, hoursFromNow(72));

    const run = await reconcileOnce(scene, { clientId: workspace.id });

    expect(run).toMatchObject({ rescheduledFound: 1, tasksCreated: 1, bookedFound: 0, canceledFound: 0 });
    expect(await db.lead.findUnique({ where: { id: lead.id } })).toMatchObject({
      status: "meeting-booked",
      calendlyInviteeUri: second.uri,
      appointmentStartAt: hoursFromNow(72),
    });
    expect(await db.followUpTask.findMany({ where: { leadId: lead.id } })).toMatchObject([
      { type: "meeting-rescheduled" },
    ]);
  });

  it("changes no row of an unchanged world but watermarks", async () => {
    const before = await snapshot(scene);
    const run = await reconcileOnce(scene);
    expect(run).toMatchObject({ noChange: run.leadsChecked, tasksCreated: 0 });
    expect(run.leadsChecked).toBeGreaterThan(0);
    expect(await snapshot(scene)).toEqual(before);
  });
});

async function snapshot({ runtime: { db } }: Scene) {
  const leads = await db.lead.findMany({ orderBy: { id: "asc" }, omit: { appointmentLastCheckedAt: true } });
  const appointments = await db.appointment.findMany({ orderBy: { id: "asc" } });
  const tasks = await db.followUpTask.findMany({ orderBy: { id: "asc" } });
  const instances = await db.followUpInstance.findMany({ orderBy: { id: "asc" } });
  return { leads, appointments, tasks, instances };
}
