import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addGhlLead, addGhlWorkspace, hoursFromNow, openScene, reconcileOnce, type Scene } from "../testing/scene";
import { compareLead, type Subject } from "./comparison";
import type { Expected } from "./expected";
import { readStored, type StoredLead } from "./stored";

let scene: Scene;
let expected: Expected;
let stored: StoredLead;

/** One lead who is being chased, books two meetings, moves the first and cancels the second. */
beforeAll(async () => {
  scene = await openScene();
  const { sandbox, runtime } = scene;
  const workspace = await addGhlWorkspace(scene);
  const lead = await addGhlLead(scene, workspace);
  const [chase] = await addSequences(workspace.id);
  await runtime.db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: chase } });
  const contact = { ghlContactId: lead.ghlContactId ?? "" };
  const first = sandbox.ghl.book(contact.ghlContactId, { start: hoursFromNow(24) });
  const second = sandbox.ghl.book(contact.ghlContactId, { start: hoursFromNow(48) });
  await reconcileOnce(scene);
  sandbox.ghl.reschedule(first.id, hoursFromNow(30));
  sandbox.ghl.cancel(second.id);
  await reconcileOnce(scene);
  expected = {
    ...{ leadId: lead.id, name: "Ada Example", provider: "GHL", statusBefore: "new", ending: "booked" },
    meetings: sandbox.truthOf(contact),
    ghlContactId: contact.ghlContactId,
    chasing: [{ sequenceId: chase, status: "active" }],
    tasks: { "meeting-canceled": 1, "meeting-rescheduled": 1 },
  };
  stored = await read();
});

afterAll(() => scene.close());

describe("what is true and what is on record", () => {
  it("agree after the cron has run", () => {
    expect(disagreements({})).toEqual([]);
  });

  it("disagree in the database as they do in memory", async () => {
    await scene.runtime.db.lead.update({ where: { id: expected.leadId }, data: { status: "new" } });
    const subjects = compareLead(expected, await read(), new Date()).map(({ subject }) => subject);
    expect(subjects).toEqual(["statuses"]);
    await scene.runtime.db.lead.update({ where: { id: expected.leadId }, data: { status: "meeting-booked" } });
  });

  it("disagree where the lead is gone", () => {
    expect(compareLead(expected, undefined, new Date())).toHaveLength(1);
  });

  it("name the lead, and what is and should be", () => {
    const [disagreement] = compareLead(expected, { ...stored, status: "new" }, new Date());
    expect(disagreement?.text).toBe("Ada Example: status is new, should be meeting-booked");
  });
});

describe("appointments disagree", () => {
  const later = hoursFromNow(100);
  it.each<[string, (rows: Rows) => Rows]>([
    ["where one is missing", ([first]) => (first ? [first] : [])],
    ["where one is there twice", (rows) => [...rows, ...rows.slice(0, 1)]],
    ["where one does not exist", (rows) => [...rows, ...rows.slice(0, 1).map((row) => ({ ...row, externalId: "no" }))]],
    ["in the status", change({ status: "no_show" })],
    ["in the start", change({ startAt: later })],
    ["where the start is not known", change({ startAt: null })],
    ["in the end", change({ endAt: later })],
    ["in the provider", change({ provider: "CALENDLY" })],
    ["in the workspace", change({ clientId: "another" })],
  ])("%s", (_, alter) => {
    expect(disagreements({ appointments: alter(stored.appointments) })).toEqual(["appointments"]);
  });

  it("where one that was erased is still confirmed", () => {
    const meetings = expected.meetings.map((meeting) => ({ ...meeting, status: "canceled" as const, removed: true }));
    const told = compareLead({ ...expected, meetings }, stored, new Date());
    expect(told.map(({ subject }) => subject)).toContain("appointments");
  });
});

describe("roll-ups disagree", () => {
  it.each<[string, Partial<StoredLead>]>([
    ["in the appointment", { ghlAppointmentId: "another" }],
    ["where the other provider's is named too", { calendlyInviteeUri: "https://api.calendly.com/invitees/another" }],
    ["in the provider", { appointmentProvider: "CALENDLY" }],
    ["in the status", { appointmentStatus: "canceled" }],
    ["in the start", { appointmentStartAt: hoursFromNow(24) }],
    ["in the end", { appointmentEndAt: null }],
    ["where the time of booking is unknown", { appointmentBookedAt: null }],
    ["where a standing meeting has a time of cancellation", { appointmentCanceledAt: new Date() }],
    ["in the contact", { ghlContactId: null }],
  ])("%s", (_, fields) => {
    expect(disagreements(fields)).toEqual(["roll-ups"]);
  });

  it("where nothing is true and something is on record", () => {
    const told = compareLead({ ...expected, meetings: [] }, { ...stored, appointments: [] }, new Date());
    expect(new Set(told.map(({ subject }) => subject))).toEqual(new Set(["roll-ups"]));
  });
});

describe("statuses, sequences and tasks disagree", () => {
  it.each(["new", "qualified"])("where the status is %s", (status) => {
    expect(disagreements({ status })).toEqual(["statuses"]);
  });

  it.each<[string, (instances: Instances) => Instances]>([
    ["where chasing goes on", only(isChase, { status: "active", completedReason: null })],
    ["where chasing ended for another reason", only(isChase, { completedReason: "finished" })],
    ["where chasing is off the record", (instances) => instances.filter((one) => !isChase(one))],
    ["where reminders were not started", (instances) => instances.filter(isChase)],
    ["where reminders were stopped", only(isReminder, { status: "cancelled" })],
    ["where reminders are beyond their beginning", only(isReminder, { currentStep: 1 })],
    ["where reminders run twice", (instances) => [...instances, ...instances.filter(isReminder)]],
  ])("%s", (_, alter) => {
    expect(disagreements({ followUpInstances: alter(stored.followUpInstances) })).toContain("sequences");
  });

  it.each([
    ["where a task is missing", ["meeting-canceled"]],
    ["where a task was made twice", ["meeting-canceled", "meeting-canceled", "meeting-rescheduled"]],
    ["where nobody asked for a task", ["meeting-canceled", "meeting-rescheduled", "call"]],
  ])("%s", (_, types) => {
    expect(disagreements({ followUpTasks: types.map((type) => ({ type })) })).toEqual(["tasks"]);
  });

  it.each(["untouched", "lost", "left to people"] as const)("where the lead should be %s", (ending) => {
    const told = compareLead({ ...expected, ending }, stored, new Date()).map(({ subject }) => subject);
    expect(new Set(told)).toEqual(new Set(["statuses", "sequences"]));
  });
});

type Rows = StoredLead["appointments"];
type Instances = StoredLead["followUpInstances"];

/** The subjects of all disagreements once the record is changed like this. */
function disagreements(fields: Partial<StoredLead>): Subject[] {
  return compareLead(expected, { ...stored, ...fields }, new Date()).map(({ subject }) => subject);
}

function change(fields: Partial<Rows[number]>) {
  return (rows: Rows): Rows => rows.map((row, index) => (index === 0 ? { ...row, ...fields } : row));
}

function only(which: (instance: Instances[number]) => boolean, fields: Partial<Instances[number]>) {
  return (instances: Instances): Instances => instances.map((one) => (which(one) ? { ...one, ...fields } : one));
}

function isReminder({ sequence }: Instances[number]): boolean {
  return sequence.triggerOn === "meeting_selected";
}

function isChase(instance: Instances[number]): boolean {
  return !isReminder(instance);
}

async function read(): Promise<StoredLead> {
  const [lead] = await readStored(scene.runtime.db, [expected.leadId]);
  if (!lead) throw new Error("the lead is gone");
  return lead;
}

async function addSequences(clientId: string): Promise<[string, string]> {
  const [chase, reminders] = [randomUUID(), randomUUID()];
  await scene.runtime.db.followUpSequence.createMany({
    data: [
      { id: chase, clientId, name: "No answer yet", triggerOn: "no_response" },
      { id: reminders, clientId, name: "Before the meeting", triggerOn: "meeting_selected" },
    ],
  });
  return [chase, reminders];
}
