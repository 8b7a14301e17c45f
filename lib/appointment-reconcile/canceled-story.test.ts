import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  addSequence,
  appointmentsOf,
  expectNothingLeftToDo,
  instanceOf,
  leadNow,
  tasksOf,
} from "@/scripts/testing/lead-story";
import {
  addCalendlyLead,
  addCalendlyWorkspace,
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  type LeadFields,
  openScene,
  reconcileOnce,
  type Scene,
  type TestWorkspace,
} from "@/scripts/testing/scene";

describe("when the meeting of a lead", () => {
  let scene: Scene;
  let workspace: TestWorkspace;
  beforeAll(async () => {
    scene = await openScene();
  });
  beforeEach(async () => {
    workspace = await addGhlWorkspace(scene);
  });
  afterEach(() => expectNothingLeftToDo(scene));
  afterAll(() => scene.close());

  const run = () => reconcileOnce(scene, { clientId: workspace.id });
  const ghl = () => scene.sandbox.ghl;
  const listOf = (contactId: string | null) => new RegExp(`^/contacts/${contactId}/appointments$`);

  /** A lead whose meeting the day after tomorrow is known. */
  async function addBookedLead(fields: Partial<LeadFields> = {}) {
    const lead = await addGhlLead(scene, workspace, fields);
    const meeting = ghl().book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    expect(await run()).toMatchObject({ bookedFound: 1 });
    return { lead, meeting, contactId: lead.ghlContactId ?? "" };
  }

  it("is cancelled, a person is asked to offer a new time, and the lead is qualified again", async () => {
    const { lead, meeting } = await addBookedLead();
    ghl().cancel(meeting.id);
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1, leadsChecked: 1, bookedFound: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "qualified",
      ghlAppointmentId: meeting.id,
      appointmentStatus: "canceled",
      appointmentStartAt: meeting.start,
      appointmentBookedAt: meeting.dateAdded,
      appointmentCanceledAt: meeting.dateUpdated,
    });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled"]);
  });

  it("is cancelled, the sequences for booked leads are cancelled, be they active or paused, and no others", async () => {
    const workspaceSequence = (triggerOn: "meeting_selected" | "no_response") =>
      addSequence(scene, workspace, { triggerOn });
    const [started, paused, over, other] = [
      await workspaceSequence("meeting_selected"),
      await workspaceSequence("meeting_selected"),
      await workspaceSequence("meeting_selected"),
      await workspaceSequence("no_response"),
    ];
    const { lead, meeting } = await addBookedLead();
    const { db } = scene.runtime;
    const set = (sequence: { id: string }, data: object) =>
      db.followUpInstance.updateMany({ where: { leadId: lead.id, sequenceId: sequence.id }, data });
    await set(paused, { status: "paused", pausedReason: "lead_replied" });
    await set(over, { status: "completed", completedReason: "finished", nextStepDue: null });
    await db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: other.id, nextStepDue: new Date() } });
    ghl().cancel(meeting.id);
    await run();
    const cancelled = { status: "cancelled", nextStepDue: null, pausedReason: null };
    expect(await instanceOf(scene, lead, started)).toMatchObject(cancelled);
    expect(await instanceOf(scene, lead, paused)).toMatchObject(cancelled);
    expect(await instanceOf(scene, lead, over)).toMatchObject({ status: "completed" });
    expect(await instanceOf(scene, lead, other)).toMatchObject({ status: "active" });
  });

  it("is cancelled while another known one remains, there is a task and nothing else", async () => {
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const { lead, meeting, contactId } = await addBookedLead();
    const second = ghl().book(contactId, { start: hoursFromNow(96) });
    await run();
    const before = await instanceOf(scene, lead, sequence);
    ghl().cancel(meeting.id);
    expect(await run()).toMatchObject({ canceledFound: 1, bookedFound: 0, tasksCreated: 1 });
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "meeting-booked",
      ghlAppointmentId: second.id,
      appointmentStatus: "confirmed",
      appointmentCanceledAt: null,
    });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled"]);
    expect(await instanceOf(scene, lead, sequence)).toEqual(before);
  });

  it.each(["qualified", "unqualified", "converted"])(
    "is cancelled, a lead that people made %s stays that",
    async (status) => {
      const { lead, meeting } = await addBookedLead();
      await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { status } });
      ghl().cancel(meeting.id);
      expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1 });
      expect(await leadNow(scene, lead)).toMatchObject({ status });
    },
  );

  it("is cancelled, confirmed again and cancelled again, each cancellation has its task", async () => {
    const { lead, meeting } = await addBookedLead();
    ghl().cancel(meeting.id);
    await run();
    ghl().mark(meeting.id, "confirmed");
    expect(await run()).toMatchObject({ bookedFound: 1, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", appointmentCanceledAt: null });
    ghl().cancel(meeting.id);
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1 });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled", "meeting-canceled"]);
  });

  it("was cancelled, the time of that stays put, though the provider touches the appointment later", async () => {
    const { lead, meeting } = await addBookedLead();
    ghl().cancel(meeting.id);
    await run();
    const { dateUpdated: canceledAt } = { ...meeting };
    ghl().mark(meeting.id, "cancelled");
    expect(await run()).toMatchObject({ noChange: 1 });
    expect(await leadNow(scene, lead)).toMatchObject({
      appointmentBookedAt: meeting.dateAdded,
      appointmentCanceledAt: canceledAt,
    });
    expect(await appointmentsOf(scene, lead)).toMatchObject([{ canceledAt, bookedAt: meeting.dateAdded }]);
  });

  it.each([
    ["is deleted and still listed as deleted", (id: string) => ghl().softDelete(id)],
    ["has the status invalid", (id: string) => ghl().mark(id, "invalid")],
    ["is gone (404) and a complete listing lacks it", (id: string) => ghl().remove(id)],
  ])("%s, it is cancelled", async (_, cancel) => {
    const { lead, meeting } = await addBookedLead();
    cancel(meeting.id);
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1, errors: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "qualified", appointmentStatus: "canceled" });
  });

  it("is gone (404) beside a listing that lost a row, nothing is inferred", async () => {
    const { lead, meeting, contactId } = await addBookedLead();
    ghl().book(contactId, { start: hoursFromNow(-48) });
    await run();
    const before = await leadNow(scene, lead);
    ghl().remove(meeting.id);
    const rule = scene.sandbox.faults.add({ match: { path: listOf(contactId) }, fault: { kind: "odd_rows" } });
    expect(await run()).toMatchObject({ noChange: 1, canceledFound: 0, oddRows: 1 });
    expect(rule.hits).toBeGreaterThan(0);
    const { appointmentLastCheckedAt: _, ...unmoved } = before;
    expect(await leadNow(scene, lead)).toMatchObject(unmoved);
    scene.sandbox.faults.clear();
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1 });
  });

  it("is gone (404), and the contact with it, nothing is inferred", async () => {
    const { lead, meeting, contactId } = await addBookedLead();
    ghl().remove(meeting.id);
    const rule = scene.sandbox.faults.add({ match: { path: listOf(contactId) }, fault: { kind: "not_found" } });
    expect(await run()).toMatchObject({ noChange: 1, canceledFound: 0, errors: 0 });
    expect(rule.hits).toBeGreaterThan(0);
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", appointmentStatus: "confirmed" });
    scene.sandbox.faults.clear();
    expect(await run()).toMatchObject({ canceledFound: 1 });
  });

  it("is a group's, and another guest cancels, this lead's stands", async () => {
    workspace = await addCalendlyWorkspace(scene);
    const [stays, leaves] = [await addCalendlyLead(scene, workspace), await addCalendlyLead(scene, workspace)];
    const { calendly } = scene.sandbox;
    const booking = { organizationUri: workspace.account, start: hoursFromNow(48), seats: 5 };
    const first = calendly.book(stays.email ?? "", booking);
    const second = calendly.book(leaves.email ?? "", { group: first.event.uri });
    expect(await run()).toMatchObject({ bookedFound: 2 });
    calendly.cancel(second.uri, { reason: "ill" });
    expect(await run()).toMatchObject({ canceledFound: 1, noChange: 1, tasksCreated: 1 });
    expect(await leadNow(scene, stays)).toMatchObject({ status: "meeting-booked", appointmentStatus: "confirmed" });
    expect(await leadNow(scene, leaves)).toMatchObject({
      status: "qualified",
      appointmentStatus: "canceled",
      appointmentCanceledAt: second.updatedAt,
    });
    expect(await appointmentsOf(scene, leaves)).toMatchObject([{ cancelReason: "ill" }]);
    calendly.cancelEvent(first.event.uri);
    expect(await run()).toMatchObject({ canceledFound: 1, noChange: 1, tasksCreated: 1 });
    expect([await tasksOf(scene, stays), await tasksOf(scene, leaves)]).toEqual([
      ["meeting-canceled"],
      ["meeting-canceled"],
    ]);
  });
});
