import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { appointmentsOf, everyRow, expectNothingLeftToDo, leadNow } from "@/scripts/testing/lead-story";
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

describe("whose meeting it is", () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene();
  });
  afterEach(() => expectNothingLeftToDo(scene));
  afterAll(() => scene.close());

  const older = { createdAt: hoursFromNow(-48) };
  const younger = { createdAt: hoursFromNow(-24) };
  const nobody = { appointmentStatus: null, status: "new", ghlAppointmentId: null, calendlyInviteeUri: null };
  const run = (workspace: TestWorkspace, params = {}) => reconcileOnce(scene, { clientId: workspace.id, ...params });

  // Which of the two is asked about first must not matter: the lead last checked longest ago goes first.
  it.each([
    ["the older lead is checked first", hoursFromNow(-200), hoursFromNow(-100)],
    ["the younger lead is checked first", hoursFromNow(-100), hoursFromNow(-200)],
  ])(
    "at Calendly, of two leads with one e-mail the older has it, where %s",
    async (_, olderChecked, youngerChecked) => {
      const workspace = await addCalendlyWorkspace(scene);
      const first = await addCalendlyLead(scene, workspace, { ...older, appointmentLastCheckedAt: olderChecked });
      const email = ` ${first.email?.toUpperCase()}`.trim();
      const second = await addCalendlyLead(scene, workspace, {
        ...{ ...younger, email, appointmentLastCheckedAt: youngerChecked },
      });
      const booking = { organizationUri: workspace.account, start: hoursFromNow(48) };
      scene.sandbox.calendly.book(first.email ?? "", booking);
      const ran = await run(workspace, { deps: oneByOne() });
      expect(ran).toMatchObject({ leadsChecked: 1, bookedFound: 1, skipped: 1, skippedByReason: { taken: 1 } });
      expect(await leadNow(scene, first)).toMatchObject({ status: "meeting-booked", appointmentStatus: "confirmed" });
      expect(await leadNow(scene, second)).toMatchObject(nobody);
      expect(await leadNow(scene, second)).not.toMatchObject({ appointmentLastCheckedAt: youngerChecked });
    },
  );

  it.each([
    ["the older lead is checked first", hoursFromNow(-200), hoursFromNow(-100)],
    ["the younger lead is checked first", hoursFromNow(-100), hoursFromNow(-200)],
  ])("at HighLevel, of two without a contact the older has it, where %s", async (_, olderChecked, youngerChecked) => {
    const workspace = await addGhlWorkspace(scene);
    const first = await addGhlLead(scene, workspace, {
      ...{ ...older, ghlContactId: null, appointmentLastCheckedAt: olderChecked },
    });
    const second = await addGhlLead(scene, workspace, {
      ...{ ...younger, ghlContactId: null, email: first.email, appointmentLastCheckedAt: youngerChecked },
    });
    const contact = scene.sandbox.ghl.contactReachedBy(workspace.account, first.email ?? "");
    scene.sandbox.ghl.book(contact?.id ?? "", { start: hoursFromNow(48) });
    expect(await run(workspace, { deps: oneByOne() })).toMatchObject({ bookedFound: 1, skipped: 1, leadsChecked: 1 });
    expect(await leadNow(scene, first)).toMatchObject({ status: "meeting-booked", ghlContactId: contact?.id });
    expect(await leadNow(scene, second)).toMatchObject({ ...nobody, ghlContactId: null });
  });

  it("at HighLevel, two contacts with one e-mail are two people", async () => {
    const workspace = await addGhlWorkspace(scene);
    const first = await addGhlLead(scene, workspace, older);
    const second = await addGhlLead(scene, workspace, { ...younger, email: first.email });
    for (const lead of [first, second]) scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
    expect(await run(workspace)).toMatchObject({ leadsChecked: 2, bookedFound: 2, skipped: 0 });
  });

  it("what a younger lead had before the older one was known comes over to it", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const second = await addCalendlyLead(scene, workspace, younger);
    const booking = { organizationUri: workspace.account, start: hoursFromNow(48) };
    const meeting = scene.sandbox.calendly.book(second.email ?? "", booking);
    expect(await run(workspace)).toMatchObject({ bookedFound: 1 });
    const first = await addCalendlyLead(scene, workspace, { ...older, email: second.email });
    expect(await run(workspace)).toMatchObject({ bookedFound: 1, skipped: 1, errors: 0 });
    expect(await leadNow(scene, first)).toMatchObject({ status: "meeting-booked", calendlyInviteeUri: meeting.uri });
    expect(await leadNow(scene, second)).toMatchObject({ appointmentStatus: null, calendlyInviteeUri: null });
    expect(await appointmentsOf(scene, first)).toMatchObject([{ externalId: meeting.uri }]);
    expect(await appointmentsOf(scene, second)).toEqual([]);
  });

  it("one that is on record for the older lead is no news of the younger, though its roll-up names it", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const book = (email: string | null, hours: number) =>
      scene.sandbox.calendly.book(email ?? "", { organizationUri: workspace.account, start: hoursFromNow(hours) });
    const first = await addCalendlyLead(scene, workspace, older);
    const second = await addCalendlyLead(scene, workspace, younger);
    const [theirs, own] = [book(first.email, 48), book(second.email, 24)];
    scene.sandbox.calendly.cancel(own.uri);
    await run(workspace);
    const wrong = {
      calendlyInviteeUri: theirs.uri,
      appointmentStatus: "confirmed",
      appointmentStartAt: hoursFromNow(48),
    };
    await scene.runtime.db.lead.update({ where: { id: second.id }, data: wrong });
    expect(await run(workspace)).toMatchObject({
      errors: 0,
      canceledFound: 0,
      updated: 1,
      noChange: 1,
      tasksCreated: 0,
    });
    expect(await leadNow(scene, first)).toMatchObject({ calendlyInviteeUri: theirs.uri, status: "meeting-booked" });
    expect(await leadNow(scene, second)).toMatchObject({ calendlyInviteeUri: own.uri, appointmentStatus: "canceled" });
  });

  it("the same e-mail in another workspace is another lead", async () => {
    const [here, there] = [await addCalendlyWorkspace(scene), await addCalendlyWorkspace(scene)];
    const first = await addCalendlyLead(scene, here, older);
    const second = await addCalendlyLead(scene, there, { ...younger, email: first.email });
    scene.sandbox.calendly.book(second.email ?? "", { organizationUri: there.account, start: hoursFromNow(48) });
    await run(here);
    expect(await run(there)).toMatchObject({ bookedFound: 1, skipped: 0 });
    expect(await leadNow(scene, first)).toMatchObject(nobody);
  });

  it("a contact found by e-mail is stored on the lead, which does not count as a change of it", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace, { ghlContactId: null });
    const contact = scene.sandbox.ghl.contactReachedBy(workspace.account, lead.email ?? "");
    const before = await everyRow(scene);
    expect(await run(workspace, { dryRun: true })).toMatchObject({ noChange: 1 });
    expect(await everyRow(scene)).toEqual(before);
    expect(await run(workspace)).toMatchObject({ noChange: 1 });
    expect(await leadNow(scene, lead)).toMatchObject({ ghlContactId: contact?.id, updatedAt: lead.updatedAt });
  });

  it("a stored appointment alone leads to the contact, and to its other meetings", async () => {
    const workspace = await addGhlWorkspace(scene);
    const { id: contactId } = scene.sandbox.ghl.addContact(workspace.account, { email: "else@example.com" });
    const old = scene.sandbox.ghl.book(contactId, { start: hoursFromNow(24) });
    const lead = await addGhlLead(scene, workspace, { ghlContactId: null, email: null, ghlAppointmentId: old.id });
    const next = scene.sandbox.ghl.rebook(old.id, hoursFromNow(48));
    expect(await run(workspace)).toMatchObject({ bookedFound: 1, tasksCreated: 0 });
    expect(await leadNow(scene, lead)).toMatchObject({ ghlContactId: contactId, ghlAppointmentId: next.id });
  });

  it("a lead without anything to ask with is skipped, and its watermark moves", async () => {
    const [ghl, calendly] = [await addGhlWorkspace(scene), await addCalendlyWorkspace(scene)];
    const nameless = { email: null, ghlContactId: null };
    const leads = [
      await addGhlLead(scene, ghl, nameless),
      await addGhlLead(scene, ghl, { ...nameless, email: "  " }),
      await addGhlLead(scene, ghl, { ...nameless, ghlContactId: "" }),
      await addGhlLead(scene, ghl, { ...nameless, calendlyInviteeUri: "https://api.calendly.com/x/invitees/y" }),
      await addCalendlyLead(scene, calendly, { ...nameless, ghlContactId: "contact-1", ghlAppointmentId: "event-1" }),
    ];
    const skipped = { leadsChecked: 0, errors: 0 };
    expect(await run(ghl)).toMatchObject({ ...skipped, skipped: 4, skippedByReason: { nothing_to_ask_with: 4 } });
    expect(await run(calendly)).toMatchObject({ ...skipped, skipped: 1 });
    for (const lead of leads) expect((await leadNow(scene, lead)).appointmentLastCheckedAt).not.toBeNull();
  });

  const oneByOne = () => ({ settings: { ...scene.runtime.reconcile.settings, leadConcurrency: 1 } });
});
