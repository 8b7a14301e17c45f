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

describe("what has no effects", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterEach(() => expectNothingLeftToDo(scene));
  afterAll(() => scene.close());

  async function addGhlStory(location: Parameters<typeof addGhlWorkspace>[1] = {}) {
    const workspace = await addGhlWorkspace(scene, location);
    const [before, after] = [
      await addSequence(scene, workspace, { triggerOn: "no_response" }),
      await addSequence(scene, workspace, { triggerOn: "meeting_selected" }),
    ];
    const lead = await addGhlLead(scene, workspace, { status: "replied" });
    const { db } = scene.runtime;
    await db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: before.id, nextStepDue: new Date() } });
    const run = () => reconcileOnce(scene, { clientId: workspace.id });
    const instances = async () => [await instanceOf(scene, lead, before), await instanceOf(scene, lead, after)];
    return { lead, contactId: lead.ghlContactId ?? "", run, instances };
  }

  it.each([
    ["cancelled", { status: "cancelled", start: 48 }, "canceled"],
    ["invalid", { status: "invalid", start: 48 }, "canceled"],
    ["attended", { status: "showed", start: -48 }, "showed"],
    ["completed", { status: "completed", start: -48 }, "showed"],
    ["missed", { status: "noshow", start: -48 }, "no_show"],
    ["ended and never marked", { status: "confirmed", start: -48 }, "confirmed"],
  ] as const)("a meeting that is first seen when it is %s", async (_, { status, start }, expected) => {
    const { lead, contactId, run, instances } = await addGhlStory();
    const untouched = await instances();
    scene.sandbox.ghl.book(contactId, { status, start: hoursFromNow(start) });
    const ran = { updated: 1, bookedFound: 0, canceledFound: 0, rescheduledFound: 0, tasksCreated: 0 };
    expect(await run()).toMatchObject(ran);
    expect(await leadNow(scene, lead)).toMatchObject({ status: "replied", appointmentStatus: expected });
    expect(await instances()).toEqual(untouched);
    expect(await tasksOf(scene, lead)).toEqual([]);
  });

  it.each([
    ["showed", "showed"],
    ["noshow", "no_show"],
  ] as const)("a known meeting that was marked %s", async (status, expected) => {
    const { lead, contactId, run, instances } = await addGhlStory();
    const meeting = scene.sandbox.ghl.book(contactId, { start: hoursFromNow(1) });
    expect(await run()).toMatchObject({ bookedFound: 1 });
    const untouched = await instances();
    scene.sandbox.ghl.mark(meeting.id, status);
    expect(await run()).toMatchObject({ updated: 1, canceledFound: 0, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", appointmentStatus: expected });
    expect(await instances()).toEqual(untouched);
  });

  it("a Calendly no-show", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const booking = { organizationUri: workspace.account, start: hoursFromNow(1) };
    const meeting = scene.sandbox.calendly.book(lead.email ?? "", booking);
    await reconcileOnce(scene, { clientId: workspace.id });
    scene.sandbox.calendly.markNoShow(meeting.uri);
    expect(await reconcileOnce(scene, { clientId: workspace.id })).toMatchObject({ updated: 1, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ status: "meeting-booked", appointmentStatus: "no_show" });
  });

  it("a start without a zone, read in the location's and made exact later", async () => {
    const { lead, contactId, run } = await addGhlStory({
      timezone: "Asia/Manila",
      quirks: { eventTimes: "naive", listTimes: "naive" },
    });
    const meeting = scene.sandbox.ghl.book(contactId, { start: hoursFromNow(48) });
    expect(await run()).toMatchObject({ bookedFound: 1 });
    expect(await appointmentsOf(scene, lead)).toMatchObject([{ startAt: meeting.start, startApproximate: true }]);
    expect(await leadNow(scene, lead)).toMatchObject({ appointmentStartAt: meeting.start });
    meeting.location.quirks = { ...meeting.location.quirks, eventTimes: "offset" };
    expect(await run()).toMatchObject({ rescheduledFound: 0, tasksCreated: 0 });
    expect(await appointmentsOf(scene, lead)).toMatchObject([{ startAt: meeting.start, startApproximate: false }]);
  });

  it("an approximate start, told where the exact one is known", async () => {
    const { lead, contactId, run } = await addGhlStory({ timezone: "America/New_York" });
    const meeting = scene.sandbox.ghl.book(contactId, { start: hoursFromNow(48) });
    await run();
    // As if the clock on the wall were read in another zone: the time is off by hours.
    const { db } = scene.runtime;
    await db.client.updateMany({ where: { ghlLocationId: meeting.location.id }, data: { timezone: "Asia/Tokyo" } });
    meeting.location.quirks = { ...meeting.location.quirks, eventTimes: "naive" };
    scene.sandbox.faults.add({ match: { path: /^\/locations\// }, fault: { kind: "forbidden" } });
    expect(await run()).toMatchObject({ noChange: 1, rescheduledFound: 0, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ appointmentStartAt: meeting.start });
  });

  it("rows that a page repeats", async () => {
    const { lead, contactId, run } = await addGhlStory();
    const meeting = scene.sandbox.ghl.book(contactId, { start: hoursFromNow(48) });
    scene.sandbox.faults.add({ match: { path: /\/appointments$/ }, fault: { kind: "repeated_ids" } });
    expect(await run()).toMatchObject({ bookedFound: 1, tasksCreated: 0 });
    scene.sandbox.ghl.cancel(meeting.id);
    expect(await run()).toMatchObject({ canceledFound: 1, tasksCreated: 1 });
    expect(await appointmentsOf(scene, lead)).toHaveLength(1);
  });
});
