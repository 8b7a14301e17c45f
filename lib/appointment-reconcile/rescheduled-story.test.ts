import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
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
  openScene,
  reconcileOnce,
  type Scene,
} from "@/scripts/testing/scene";

describe("when a meeting takes place at another time", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterEach(() => expectNothingLeftToDo(scene));
  afterAll(() => scene.close());

  async function addGhlStory() {
    const workspace = await addGhlWorkspace(scene);
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const lead = await addGhlLead(scene, workspace);
    const meeting = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    const run = () => reconcileOnce(scene, { clientId: workspace.id });
    expect(await run()).toMatchObject({ bookedFound: 1 });
    return { lead, meeting, run, sequence, started: await instanceOf(scene, lead, sequence) };
  }

  async function addCalendlyStory() {
    const workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const booking = { organizationUri: workspace.account, start: hoursFromNow(48) };
    const meeting = scene.sandbox.calendly.book(lead.email ?? "", booking);
    const run = () => reconcileOnce(scene, { clientId: workspace.id });
    expect(await run()).toMatchObject({ bookedFound: 1 });
    return { lead, meeting, run, organizationUri: workspace.account };
  }

  const rescheduled = { rescheduledFound: 1, tasksCreated: 1, bookedFound: 0, canceledFound: 0, updated: 0 };

  it("under the same id, there is one task; status and sequences stay", async () => {
    const { lead, meeting, run, sequence, started } = await addGhlStory();
    await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { status: "qualified" } });
    scene.sandbox.ghl.reschedule(meeting.id, hoursFromNow(72));
    expect(await run()).toMatchObject(rescheduled);
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "qualified",
      ghlAppointmentId: meeting.id,
      appointmentStatus: "confirmed",
      appointmentStartAt: hoursFromNow(72),
      appointmentEndAt: hoursFromNow(72.5),
      appointmentBookedAt: meeting.dateAdded,
    });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
    expect(await instanceOf(scene, lead, sequence)).toEqual(started);
  });

  it("again and again, there is one task for each new start", async () => {
    const { lead, meeting, run } = await addGhlStory();
    for (const hours of [72, 96, 48]) {
      scene.sandbox.ghl.reschedule(meeting.id, hoursFromNow(hours));
      expect(await run()).toMatchObject(rescheduled);
    }
    expect(await tasksOf(scene, lead)).toHaveLength(3);
  });

  it("and the new booking cannot be read, that is no cancellation: it waits until it can be", async () => {
    const { lead, meeting, run, organizationUri } = await addCalendlyStory();
    scene.sandbox.calendly.cancel(meeting.uri);
    const next = scene.sandbox.calendly.book(lead.email ?? "", { organizationUri, start: hoursFromNow(72) });
    const path = new RegExp(`${next.event.uuid}/invitees$`);
    const unreadable = scene.sandbox.faults.add({ match: { path }, fault: { kind: "odd_rows" } });
    expect(await run()).toMatchObject({ noChange: 1, oddRows: 1, canceledFound: 0, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", appointmentStatus: "confirmed" });
    unreadable.remove();
    expect(await run()).toMatchObject(rescheduled);
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
  });

  it("and the contact's list is not found for once, that is no cancellation either", async () => {
    const { lead, meeting, run } = await addGhlStory();
    scene.sandbox.ghl.rebook(meeting.id, hoursFromNow(72));
    const path = new RegExp(`/contacts/${lead.ghlContactId}/appointments$`);
    const notFound = scene.sandbox.faults.add({ match: { path }, fault: { kind: "not_found" } });
    expect(await run()).toMatchObject({ noChange: 1, canceledFound: 0, tasksCreated: 0 });
    notFound.remove();
    expect(await run()).toMatchObject(rescheduled);
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
  });

  it("under a new id, the old one cancelled, the new row leads back to the old", async () => {
    const { lead, meeting, run, sequence, started } = await addGhlStory();
    const next = scene.sandbox.ghl.rebook(meeting.id, hoursFromNow(72));
    expect(await run()).toMatchObject(rescheduled);
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "meeting-booked",
      ghlAppointmentId: next.id,
      appointmentStatus: "confirmed",
      appointmentCanceledAt: null,
      appointmentBookedAt: next.dateAdded,
    });
    const rows = await appointmentsOf(scene, lead);
    const old = rows.find((row) => row.externalId === meeting.id);
    expect(old).toMatchObject({ status: "canceled", canceledAt: meeting.dateUpdated, rescheduledFromId: null });
    expect(rows.find((row) => row.externalId === next.id)).toMatchObject({ rescheduledFromId: old?.id });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
    expect(await instanceOf(scene, lead, sequence)).toEqual(started);
  });

  it("under a new id, the old one gone for good, it is the same", async () => {
    const { lead, meeting, run } = await addGhlStory();
    scene.sandbox.ghl.rebook(meeting.id, hoursFromNow(72));
    scene.sandbox.ghl.remove(meeting.id);
    expect(await run()).toMatchObject(rescheduled);
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
  });

  it("by Calendly's link, the old one is rescheduled, not cancelled", async () => {
    const { lead, meeting, run } = await addCalendlyStory();
    const next = scene.sandbox.calendly.reschedule(meeting.uri, hoursFromNow(72));
    expect(await run()).toMatchObject(rescheduled);
    const rows = await appointmentsOf(scene, lead);
    const old = rows.find((row) => row.externalId === meeting.uri);
    expect(old).toMatchObject({ status: "rescheduled", canceledAt: meeting.updatedAt });
    expect(rows.find((row) => row.externalId === next.uri)).toMatchObject({
      status: "confirmed",
      rescheduledFromId: old?.id,
    });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", calendlyInviteeUri: next.uri });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
  });

  it("by Calendly's link to another address, it is found all the same", async () => {
    const { lead, meeting, run } = await addCalendlyStory();
    const next = scene.sandbox.calendly.reschedule(meeting.uri, hoursFromNow(72), { email: "other@example.com" });
    expect(await run()).toMatchObject(rescheduled);
    expect(await leadNow(scene, lead)).toMatchObject({ calendlyInviteeUri: next.uri, status: "meeting-booked" });
  });

  it("after two moves between two looks, there is one task, and each row leads to the one before", async () => {
    const { lead, meeting, run } = await addCalendlyStory();
    const second = scene.sandbox.calendly.reschedule(meeting.uri, hoursFromNow(72));
    const third = scene.sandbox.calendly.reschedule(second.uri, hoursFromNow(96));
    expect(await run()).toMatchObject(rescheduled);
    const ids = new Map((await appointmentsOf(scene, lead)).map((row) => [row.externalId, row]));
    expect(ids.get(third.uri)?.rescheduledFromId).toBe(ids.get(second.uri)?.id);
    expect(ids.get(second.uri)?.rescheduledFromId).toBe(ids.get(meeting.uri)?.id);
    expect(await tasksOf(scene, lead)).toEqual(["meeting-rescheduled"]);
  });

  it("and is then cancelled, there is a task for that too", async () => {
    const { lead, meeting, run } = await addCalendlyStory();
    const next = scene.sandbox.calendly.reschedule(meeting.uri, hoursFromNow(72));
    await run();
    scene.sandbox.calendly.cancel(next.uri);
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "qualified", appointmentStatus: "canceled" });
    expect(await tasksOf(scene, lead)).toEqual(["meeting-canceled", "meeting-rescheduled"]);
  });

  it("ahead again after it had ended, it is booked and not rescheduled", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace);
    const meeting = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(-48) });
    const run = () => reconcileOnce(scene, { clientId: workspace.id });
    expect(await run()).toMatchObject({ updated: 1, bookedFound: 0 });
    scene.sandbox.ghl.reschedule(meeting.id, hoursFromNow(48));
    expect(await run()).toMatchObject({ bookedFound: 1, rescheduledFound: 0, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked" });
  });
});
