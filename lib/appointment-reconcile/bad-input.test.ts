import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Fault } from "@/scripts/sandbox/faults";
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

let scene: Scene;
beforeEach(async () => {
  scene = await openScene({ PROVIDER_TIMEOUT_MS: "1000" });
});
afterEach(() => scene.close());

describe("an answer that is none", () => {
  const cases: [name: string, fault: Fault, kind: string][] = [
    ["a page for people", { kind: "html" }, "malformed"],
    ["JSON that ends in the middle", { kind: "truncated" }, "malformed"],
    ["a number", { kind: "wrong_type", value: 7 }, "malformed"],
    ["null", { kind: "wrong_type", value: null }, "malformed"],
    ["a list where the listing has another name", { kind: "wrong_type", value: { rows: [] } }, "malformed"],
    ["a body without an end", { kind: "endless_body" }, "malformed"],
    ["a byte now and then", { kind: "slow_loris", everyMs: 50 }, "transient"],
    ["silence", { kind: "no_answer" }, "transient"],
    ["a broken connection", { kind: "reset" }, "transient"],
    ["an outage", { kind: "server_error", status: 503, body: "html" }, "transient"],
    ["a refusal of the request", { kind: "unprocessable" }, "permanent"],
  ];

  it.each(cases)("(%s) fails that lead under its name, and no other", async (_name, fault, kind) => {
    const workspace = await addGhlWorkspace(scene);
    const [troubled, ...others] = await addLeadsWithMeetings(6, workspace);
    scene.sandbox.faults.add({ match: { path: new RegExp(`^/contacts/${troubled?.ghlContactId}/`) }, fault });

    const run = await reconcileOnce(scene);

    expect(run).toMatchObject({ leadsChecked: 6, bookedFound: 5, errors: 1, errorsByKind: { [kind]: 1 } });
    expect(run).toMatchObject({ health: "degraded", exhausted: true, circuitBroken: false });
    const leads = await scene.runtime.db.lead.findMany();
    const statusOf = (id: string | undefined) => leads.find((lead) => lead.id === id)?.status;
    expect(others.map((lead) => statusOf(lead.id))).toEqual(others.map(() => "meeting-booked"));
    const failed = leads.find((lead) => lead.id === troubled?.id);
    expect(failed).toMatchObject({ status: "new", appointmentStatus: null, appointmentCheckFailures: 1 });
    expect(failed?.appointmentLastCheckedAt).not.toBeNull();

    scene.sandbox.faults.clear();
    await scene.runtime.db.lead.updateMany({ data: { appointmentRetryAt: new Date(Date.now() - 1000) } });
    expect(await reconcileOnce(scene)).toMatchObject({ bookedFound: 1, errors: 0, health: "healthy" });
  });
});

describe("rows that are none", () => {
  it("are skipped and counted, and the page is used all the same", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace);
    scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(-200) });
    const kept = scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(20) });
    scene.sandbox.faults.add({ match: { path: /\/appointments$/ }, fault: { kind: "odd_rows" } });
    expect(await reconcileOnce(scene)).toMatchObject({ bookedFound: 1, oddRows: 1, errors: 0 });
    expect(await scene.runtime.db.lead.findFirst()).toMatchObject({ ghlAppointmentId: kept.id });
  });

  it("with NUL characters are stored without them", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const start = hoursFromNow(20);
    scene.sandbox.calendly.book(lead.email ?? "", { organizationUri: workspace.account, start });
    scene.sandbox.faults.add({ match: { path: /\/invitees/ }, fault: { kind: "nul_bytes" } });
    const run = await reconcileOnce(scene);
    expect(run).toMatchObject({ leadsChecked: 1, bookedFound: 1, errors: 0 });
  });

  it("that repeat an id, in a page or across pages, are one appointment", async () => {
    const ghl = await addGhlWorkspace(scene);
    const calendly = await addCalendlyWorkspace(scene);
    await addLeadsWithMeetings(1, ghl);
    const lead = await addCalendlyLead(scene, calendly);
    scene.sandbox.calendly.book(lead.email ?? "", { organizationUri: calendly.account, start: hoursFromNow(20) });
    scene.sandbox.faults.add({ match: () => true, fault: { kind: "repeated_ids" } });
    expect(await reconcileOnce(scene)).toMatchObject({ bookedFound: 2, errors: 0 });
    expect(await scene.runtime.db.appointment.count()).toBe(2);
  });

  it("on pages that never end are read as far as they go, and nothing is inferred from what is missing", async () => {
    const workspace = await addCalendlyWorkspace(scene);
    const lead = await addCalendlyLead(scene, workspace);
    const { calendly, faults, ledger } = scene.sandbox;
    const first = calendly.book(lead.email ?? "", { organizationUri: workspace.account, start: hoursFromNow(20) });
    await reconcileOnce(scene);
    calendly.remove(first.uri);
    faults.add({ match: { path: /\/scheduled_events$/ }, fault: { kind: "looping_page_token" } });
    ledger.clear();
    expect(await reconcileOnce(scene)).toMatchObject({ noChange: 1, canceledFound: 0, errors: 0 });
    expect(ledger.entries.length).toBeLessThan(10);
    faults.clear();
    expect(await reconcileOnce(scene)).toMatchObject({ canceledFound: 1 });
  });
});

describe("a workspace that is malformed", () => {
  const broken = [
    { name: "a key that no header can carry", ghlPrivateKey: "pit-one\r\nX-Evil: yes", errors: 1 },
    { name: "a location that does not exist", ghlLocationId: "nowhere", errors: 0 },
    { name: "a time zone that does not exist", timezone: "Mars/Olympus", errors: 0 },
  ];
  it.each(broken)("with $name harms nobody else", async ({ name, errors, ...fields }) => {
    const sound = await addGhlWorkspace(scene);
    const malformed = await addGhlWorkspace(scene);
    await addLeadsWithMeetings(2, sound);
    await addLeadsWithMeetings(1, malformed);
    await scene.runtime.db.client.update({ where: { id: malformed.id }, data: { name, ...fields } });
    const run = await reconcileOnce(scene);
    expect(run).toMatchObject({ workspacesProcessed: 2, leadsChecked: 3, errors });
    expect(run.bookedFound).toBeGreaterThanOrEqual(2);
  });

  it("without credentials is counted, and uses no slot", async () => {
    const { db } = scene.runtime;
    const blank = await db.client.create({ data: { name: "Blank", ghlLocationId: " ", ghlPrivateKey: " " } });
    await db.lead.create({ data: { clientId: blank.id, email: "person@example.com", lastInboundAt: new Date() } });
    await addLeadsWithMeetings(1, await addGhlWorkspace(scene));
    expect(await reconcileOnce(scene, { workspaceLimit: 1 })).toMatchObject({
      skippedNoCreds: 1,
      workspacesProcessed: 1,
      bookedFound: 1,
      exhausted: true,
      stopReason: "done",
    });
  });
});

describe("a lead without usable ids", () => {
  it("is skipped, counted, and does not come first again", async () => {
    const workspace = await addGhlWorkspace(scene);
    const lead = await addGhlLead(scene, workspace, { email: " ", ghlContactId: null });
    const run = await reconcileOnce(scene, { staleDays: 7 });
    expect(run).toMatchObject({ leadsChecked: 0, skipped: 1, skippedByReason: { nothing_to_ask_with: 1 } });
    const { db } = scene.runtime;
    expect((await db.lead.findUnique({ where: { id: lead.id } }))?.appointmentLastCheckedAt).not.toBeNull();
    expect(await reconcileOnce(scene, { staleDays: 7 })).toMatchObject({ skipped: 0, exhausted: true });
  });
});

async function addLeadsWithMeetings(count: number, workspace: { id: string; account: string }) {
  const leads = await Promise.all(Array.from({ length: count }, () => addGhlLead(scene, workspace)));
  for (const lead of leads) scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(24) });
  return leads;
}
