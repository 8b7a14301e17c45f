import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import {
  addSequence,
  expectNothingLeftToDo,
  instanceOf,
  leadNow,
  stoppedAt,
  tasksOf,
} from "@/scripts/testing/lead-story";
import {
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  type LeadFields,
  openScene,
  reconcileOnce,
  type Scene,
  type TestWorkspace,
} from "@/scripts/testing/scene";

describe("when a lead is found to have a meeting", () => {
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

  const addLead = (fields: Partial<LeadFields> = {}) => addGhlLead(scene, workspace, fields);
  type Lead = Awaited<ReturnType<typeof addLead>>;
  const bookFor = (lead: Lead) => scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
  const run = (params = {}) => reconcileOnce(scene, { clientId: workspace.id, ...params });
  const addInstance = (lead: Lead, { id: sequenceId }: { id: string }, fields: object = {}) => {
    const data = { leadId: lead.id, sequenceId, nextStepDue: hoursFromNow(1), ...fields };
    return scene.runtime.db.followUpInstance.create({ data });
  };

  it("it is booked, with the times that the provider tells and not those of the look", async () => {
    const lead = await addLead({ status: "replied" });
    const meeting = bookFor(lead);
    expect(await run()).toMatchObject({ leadsChecked: 1, bookedFound: 1, updated: 0, noChange: 0, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "meeting-booked",
      ghlAppointmentId: meeting.id,
      appointmentProvider: "GHL",
      appointmentStatus: "confirmed",
      appointmentStartAt: meeting.start,
      appointmentEndAt: meeting.end,
      appointmentBookedAt: meeting.dateAdded,
      appointmentCanceledAt: null,
      appointmentSource: "reconcile_cron",
    });
    expect(await tasksOf(scene, lead)).toEqual([]);
  });

  it.each([null, "no_response", "manual", "setter_reply"] as const)(
    "an open sequence triggered by %s is completed, be it active or paused",
    async (triggerOn) => {
      const [active, paused] = [await addLead(), await addLead()];
      const sequence = await addSequence(scene, workspace, { triggerOn });
      await addInstance(active, sequence, { currentStep: 1 });
      await addInstance(paused, sequence, { status: "paused", pausedReason: "lead_replied" });
      bookFor(active);
      bookFor(paused);
      await run();
      const completed = {
        status: "completed",
        completedReason: "meeting_booked",
        nextStepDue: null,
        pausedReason: null,
      };
      expect(await instanceOf(scene, active, sequence)).toMatchObject({ ...completed, currentStep: 1 });
      expect(await instanceOf(scene, paused, sequence)).toMatchObject(completed);
    },
  );

  it("a sequence that started after the meeting's end goes on, one that started during it does not", async () => {
    const [after, during] = [await addLead(), await addLead()];
    const sequence = await addSequence(scene, workspace, { triggerOn: "no_response" });
    await addInstance(after, sequence, { startedAt: hoursFromNow(48.5) });
    await addInstance(during, sequence, { startedAt: hoursFromNow(48.4) });
    bookFor(after);
    bookFor(during);
    await run();
    expect(await instanceOf(scene, after, sequence)).toMatchObject({ status: "active", nextStepDue: hoursFromNow(1) });
    expect(await instanceOf(scene, during, sequence)).toMatchObject({ status: "completed" });
  });

  it("a sequence that was over stays as it was", async () => {
    const lead = await addLead();
    const finished = await addSequence(scene, workspace, { triggerOn: "no_response" });
    const stopped = await addSequence(scene, workspace, { triggerOn: null });
    const over = [
      await addInstance(lead, finished, { status: "completed", completedReason: "finished", nextStepDue: null }),
      await addInstance(lead, stopped, { status: "cancelled", nextStepDue: null }),
    ];
    bookFor(lead);
    await run();
    expect([await instanceOf(scene, lead, finished), await instanceOf(scene, lead, stopped)]).toEqual(over);
  });

  it("the sequences for booked leads start, first due after the offsets of their first step", async () => {
    const lead = await addLead();
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const off = await addSequence(scene, workspace, { triggerOn: "meeting_selected", isActive: false });
    const elsewhere = await addSequence(scene, await addGhlWorkspace(scene), { triggerOn: "meeting_selected" });
    bookFor(lead);
    const now = new Date();
    await run({ deps: { clock: stoppedAt(now) } });
    expect(await instanceOf(scene, lead, sequence)).toMatchObject({
      status: "active",
      currentStep: 0,
      startedAt: now,
      nextStepDue: new Date(now.getTime() + 2 * DAY_MS + 30 * MINUTE_MS),
    });
    expect(await instanceOf(scene, lead, off)).toBeNull();
    expect(await instanceOf(scene, lead, elsewhere)).toBeNull();
  });

  it.each(["cancelled", "completed"])("one that was %s starts again from the beginning", async (status) => {
    const lead = await addLead();
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const old = { startedAt: hoursFromNow(-90), lastStepAt: hoursFromNow(-80), completedAt: hoursFromNow(-70) };
    await addInstance(lead, sequence, { status, currentStep: 2, completedReason: "finished", ...old });
    bookFor(lead);
    const now = new Date();
    await run({ deps: { clock: stoppedAt(now) } });
    expect(await instanceOf(scene, lead, sequence)).toMatchObject({
      status: "active",
      currentStep: 0,
      startedAt: now,
      lastStepAt: null,
      completedAt: null,
      completedReason: null,
      nextStepDue: new Date(now.getTime() + 2 * DAY_MS + 30 * MINUTE_MS),
    });
  });

  it.each(["active", "paused"])("one that is %s stays where it is", async (status) => {
    const lead = await addLead();
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const before = await addInstance(lead, sequence, { status, currentStep: 1 });
    bookFor(lead);
    await run();
    expect(await instanceOf(scene, lead, sequence)).toEqual(before);
  });

  it.each([
    ["not while the workspace is paused", { followUpsPausedUntil: hoursFromNow(1) }, {}, false],
    ["when the workspace's pause is over", { followUpsPausedUntil: hoursFromNow(-1) }, {}, true],
    ["not where the lead's follow-ups are off", {}, { autoFollowUpEnabled: false }, false],
  ])("they start %s; what was to bring about the meeting ends all the same", async (_, client, fields, starts) => {
    const lead = await addLead(fields);
    await scene.runtime.db.client.update({ where: { id: workspace.id }, data: client });
    const after = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const before = await addSequence(scene, workspace, { triggerOn: "no_response" });
    await addInstance(lead, before);
    bookFor(lead);
    await run();
    expect((await instanceOf(scene, lead, after)) !== null).toBe(starts);
    expect(await instanceOf(scene, lead, before)).toMatchObject({ status: "completed" });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked" });
  });

  it.each(["blacklisted", "unqualified", "not-interested", "archived", "converted"])(
    "a lead that people made %s stays that: open sequences end and none starts",
    async (status) => {
      const lead = await addLead({ status });
      const after = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
      const before = await addSequence(scene, workspace, { triggerOn: null });
      await addInstance(lead, before);
      bookFor(lead);
      expect(await run()).toMatchObject({ bookedFound: 1 });
      expect(await leadNow(scene, lead)).toMatchObject({ status, appointmentStatus: "confirmed" });
      expect(await instanceOf(scene, lead, before)).toMatchObject({ status: "completed" });
      expect(await instanceOf(scene, lead, after)).toBeNull();
    },
  );

  it("what people set afterwards is not overwritten by the next look", async () => {
    const lead = await addLead();
    bookFor(lead);
    await run();
    const sequence = await addSequence(scene, workspace, { triggerOn: "no_response" });
    await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { status: "qualified" } });
    const restarted = await addInstance(lead, sequence);
    expect(await run()).toMatchObject({ noChange: 1, bookedFound: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "qualified" });
    expect(await instanceOf(scene, lead, sequence)).toEqual(restarted);
  });

  it("after a cancellation, it is booked again, and the cancellation leaves the roll-up but not the record", async () => {
    const lead = await addLead();
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const first = bookFor(lead);
    await run();
    scene.sandbox.ghl.cancel(first.id);
    expect(await run()).toMatchObject({ canceledFound: 1 });
    expect(await instanceOf(scene, lead, sequence)).toMatchObject({ status: "cancelled" });
    const second = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(96) });
    expect(await run()).toMatchObject({ bookedFound: 1, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({
      status: "meeting-booked",
      ghlAppointmentId: second.id,
      appointmentStatus: "confirmed",
      appointmentCanceledAt: null,
    });
    expect(await instanceOf(scene, lead, sequence)).toMatchObject({ status: "active", currentStep: 0 });
    const record = await scene.runtime.db.appointment.findFirst({ where: { externalId: first.id } });
    expect(record).toMatchObject({
      status: "canceled",
      canceledAt: first.dateUpdated,
      rescheduledFromId: null,
    });
  });
});
