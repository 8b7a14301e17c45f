import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startDeadline } from "@/lib/core/time";
import {
  addSequence,
  everyRow,
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
  type TestWorkspace,
} from "@/scripts/testing/scene";
import type { CheckOptions } from "./deps";
import { reconcileSingleLead } from "./single-lead";

describe("the same story told in another way", () => {
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

  const run = (params = {}) => reconcileOnce(scene, { clientId: workspace.id, ...params });

  /** One lead for each thing that can happen, all of it still to be found out. */
  async function addEveryStory() {
    const { ghl } = scene.sandbox;
    const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
    const add = async (start: number) => {
      const lead = await addGhlLead(scene, workspace);
      return { lead, meeting: ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(start) }) };
    };
    const [canceled, moved, rebooked, attended] = [await add(24), await add(25), await add(26), await add(27)];
    expect(await run()).toMatchObject({ bookedFound: 4 });
    ghl.cancel(canceled.meeting.id);
    ghl.reschedule(moved.meeting.id, hoursFromNow(72));
    ghl.rebook(rebooked.meeting.id, hoursFromNow(72));
    ghl.mark(attended.meeting.id, "showed");
    const booked = await add(48);
    const found = await addGhlLead(scene, workspace, { ghlContactId: null });
    return { canceled, moved, booked, found, sequence };
  }

  const everything = {
    leadsChecked: 6,
    bookedFound: 1,
    canceledFound: 1,
    rescheduledFound: 2,
    updated: 1,
    noChange: 1,
    tasksCreated: 3,
    errors: 0,
  };

  it("a dry run counts everything, tasks included, and writes nothing; the run after it does it all", async () => {
    await addEveryStory();
    const before = await everyRow(scene);
    const dry = await run({ dryRun: true });
    expect(dry).toMatchObject(everything);
    expect(await everyRow(scene)).toEqual(before);
    const { skippedByReason: _, ...counts } = await run();
    expect(dry).toMatchObject(counts);
  });

  it("a dry run of a failing provider writes neither waits nor circuits", async () => {
    await addEveryStory();
    scene.sandbox.faults.add({ match: { account: workspace.account }, fault: { kind: "forbidden" } });
    const before = await everyRow(scene);
    const circuits = () => scene.runtime.db.circuit.findMany();
    const open = await circuits();
    const ran = await run({ dryRun: true });
    expect(ran.errors).toBeGreaterThan(0);
    expect(await everyRow(scene)).toEqual(before);
    expect(await circuits()).toEqual(open);
    scene.sandbox.faults.clear();
    await run();
  });

  it("two leads that share an appointment are counted alike by a dry run", async () => {
    workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const booking = { organizationUri: workspace.account, start: hoursFromNow(48) };
    scene.sandbox.calendly.book(lead.email ?? "", booking);
    await run();
    await addCalendlyLead(scene, workspace, { email: lead.email, createdAt: hoursFromNow(-1000) });
    const before = await everyRow(scene);
    expect(await run({ dryRun: true })).toMatchObject({ bookedFound: 1, skipped: 1 });
    expect(await everyRow(scene)).toEqual(before);
    expect(await run()).toMatchObject({ bookedFound: 1, skipped: 1 });
  });

  it("without side effects only the records become true, and the effects do not come later", async () => {
    const { canceled, moved, booked, sequence } = await addEveryStory();
    expect(await run({ skipSideEffects: true })).toMatchObject({ ...everything, tasksCreated: 0 });
    expect(await run()).toMatchObject({ noChange: 6, tasksCreated: 0 });
    expect(await leadNow(scene, booked.lead)).toMatchObject({ status: "new", appointmentStatus: "confirmed" });
    expect(await instanceOf(scene, booked.lead, sequence)).toBeNull();
    expect(await leadNow(scene, canceled.lead)).toMatchObject({
      status: "meeting-booked",
      appointmentStatus: "canceled",
    });
    expect(await instanceOf(scene, canceled.lead, sequence)).toMatchObject({ status: "active" });
    expect(await leadNow(scene, moved.lead)).toMatchObject({ appointmentStartAt: hoursFromNow(72) });
    for (const { lead } of [canceled, moved]) expect(await tasksOf(scene, lead)).toEqual([]);
  });

  describe("a single lead on demand", () => {
    async function reconcileLead(leadId: string, options: Partial<CheckOptions> = {}) {
      const deadline = startDeadline(30_000);
      const result = await reconcileSingleLead(scene.runtime.reconcile, leadId, { deadline, ...options });
      deadline.dispose();
      return result;
    }

    it("is made true though it is not due, with all effects, and says so", async () => {
      const lead = await addGhlLead(scene, workspace, { lastInboundAt: null, appointmentLastCheckedAt: new Date() });
      const sequence = await addSequence(scene, workspace, { triggerOn: "meeting_selected" });
      const meeting = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
      expect(await reconcileLead(lead.id)).toMatchObject({ kind: "checked", outcome: "booked" });
      const now = await leadNow(scene, lead);
      expect(now).toMatchObject({
        status: "meeting-booked",
        appointmentSource: "manual",
        ghlAppointmentId: meeting.id,
      });
      expect(await instanceOf(scene, lead, sequence)).toMatchObject({ status: "active" });
      expect(await reconcileLead(lead.id)).toMatchObject({ kind: "checked", outcome: "unchanged" });
      expect((await leadNow(scene, lead)).appointmentLastCheckedAt).not.toEqual(now.appointmentLastCheckedAt);
    });

    it("is only looked at in a dry run, and only recorded without side effects", async () => {
      const lead = await addGhlLead(scene, workspace);
      scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
      const before = await everyRow(scene);
      expect(await reconcileLead(lead.id, { dryRun: true })).toMatchObject({ kind: "checked", outcome: "booked" });
      expect(await everyRow(scene)).toEqual(before);
      expect(await reconcileLead(lead.id, { skipSideEffects: true })).toMatchObject({ outcome: "booked" });
      expect(await leadNow(scene, lead)).toMatchObject({ status: "new", appointmentStatus: "confirmed" });
    });

    it("is skipped where there is nobody, or nothing to ask with", async () => {
      const bare = await scene.runtime.db.client.create({ data: { name: "Bare" } });
      const lead = await scene.runtime.db.lead.create({ data: { clientId: bare.id, email: "someone@example.com" } });
      const nameless = await addGhlLead(scene, workspace, { email: null, ghlContactId: null });
      await addGhlLead(scene, workspace);
      expect(await reconcileLead("nobody")).toEqual({ kind: "skipped", reason: "no_such_lead" });
      expect(await reconcileLead(lead.id)).toEqual({ kind: "skipped", reason: "no_credentials" });
      expect(await reconcileLead(nameless.id)).toMatchObject({ kind: "skipped", reason: "nothing_to_ask_with" });
    });
  });
});
