import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DAY_MS, MINUTE_MS } from "@/lib/core/time";
import { addSequence, expectNothingLeftToDo, leadNow, stoppedAt } from "@/scripts/testing/lead-story";
import {
  addGhlLead,
  addGhlWorkspace,
  hoursFromNow,
  openScene,
  reconcileOnce,
  type Scene,
  type TestWorkspace,
} from "@/scripts/testing/scene";

describe("a lead's watermark", () => {
  let scene: Scene;
  let workspace: TestWorkspace;
  beforeAll(async () => {
    scene = await openScene();
  });
  beforeEach(async () => {
    workspace = await addGhlWorkspace(scene);
  });
  afterAll(() => scene.close());

  const run = (params = {}) => reconcileOnce(scene, { clientId: workspace.id, ...params });
  const runAt = (now: Date, params = {}) => run({ deps: { clock: stoppedAt(now) }, ...params });
  const checkedAt = async (lead: { id: string }) => (await leadNow(scene, lead)).appointmentLastCheckedAt;
  /** HighLevel refuses to tell about this contact: no failure of the provider, so no circuit opens. */
  const refuse = (contactId: string | null) =>
    scene.sandbox.faults.add({
      match: { path: new RegExp(`^/contacts/${contactId}/`) },
      fault: { kind: "unprocessable" },
    });

  describe("while checks succeed", () => {
    afterEach(() => expectNothingLeftToDo(scene));

    it("moves with every check, and neither it nor the roll-up counts as a change of the lead", async () => {
      const lead = await addGhlLead(scene, workspace, { updatedAt: hoursFromNow(-99) });
      const first = new Date(Date.now() - 5000);
      expect(await runAt(first)).toMatchObject({ noChange: 1 });
      expect(await checkedAt(lead)).toEqual(first);
      scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(-48) });
      const second = new Date(first.getTime() + 1000);
      expect(await runAt(second)).toMatchObject({ updated: 1 });
      expect(await checkedAt(lead)).toEqual(second);
      expect(await leadNow(scene, lead)).toMatchObject({
        appointmentStatus: "confirmed",
        updatedAt: hoursFromNow(-99),
      });
    });

    it("that is not set comes first, then the oldest", async () => {
      const recent = await addGhlLead(scene, workspace, { appointmentLastCheckedAt: hoursFromNow(-1) });
      const never = await addGhlLead(scene, workspace);
      const old = await addGhlLead(scene, workspace, { appointmentLastCheckedAt: hoursFromNow(-9) });
      const order: string[] = [];
      for (const _ of [1, 2, 3]) {
        await run({ leadsPerWorkspace: 1 });
        const leads = await Promise.all([recent, never, old].map((lead) => leadNow(scene, lead)));
        const newest = leads.toSorted(
          (a, b) => Number(b.appointmentLastCheckedAt) - Number(a.appointmentLastCheckedAt),
        )[0];
        order.push(newest?.id ?? "");
      }
      expect(order).toEqual([never.id, old.id, recent.id]);
    });

    it("of a hot lead that is warm besides does not take a warm one's place in the quota", async () => {
      const sequence = await addSequence(scene, workspace, { triggerOn: "no_response" });
      const names = (tier: string, count: number) =>
        Array.from({ length: count }, (_, index) => `${tier}-${workspace.id}-${index}`);
      for (const id of names("a-hot", 40)) {
        await addGhlLead(scene, workspace, { id });
        await scene.runtime.db.followUpInstance.create({ data: { leadId: id, sequenceId: sequence.id } });
      }
      for (const id of names("z-warm", 5)) await addGhlLead(scene, workspace, { id });
      await run({ leadsPerWorkspace: 10 });
      const { db } = scene.runtime;
      const checked = await db.lead.findMany({
        where: { clientId: workspace.id, appointmentLastCheckedAt: { not: null } },
      });
      expect(checked).toHaveLength(10);
      expect(checked.filter((lead) => lead.id.startsWith("z-warm"))).toHaveLength(2);
    });
  });

  describe("when a check fails", () => {
    afterEach(() => scene.sandbox.faults.clear());

    it("moves, and the lead waits a minute, doubling, whatever else makes it due", async () => {
      const lead = await addGhlLead(scene, workspace);
      const sequence = await addSequence(scene, workspace, { triggerOn: "no_response" });
      await scene.runtime.db.followUpInstance.create({ data: { leadId: lead.id, sequenceId: sequence.id } });
      const rule = refuse(lead.ghlContactId);
      let now = new Date();
      for (const [failures, minutes] of [1, 2, 4, 8].entries()) {
        expect(await runAt(now)).toMatchObject({ leadsChecked: 1, errors: 1, health: "degraded" });
        const retryAt = new Date(now.getTime() + minutes * MINUTE_MS);
        const waiting = {
          appointmentLastCheckedAt: now,
          appointmentCheckFailures: failures + 1,
          appointmentRetryAt: retryAt,
        };
        expect(await leadNow(scene, lead)).toMatchObject(waiting);
        const early = await runAt(new Date(retryAt.getTime() - 1));
        expect(early).toMatchObject({ leadsChecked: 0, exhausted: true, stopReason: "done" });
        now = retryAt;
      }
      rule.remove();
      // Long before the lead would be stale or hot again: the end of the wait is what makes it due.
      expect(await runAt(now, { staleDays: 7, hotMinutes: 1440 })).toMatchObject({ leadsChecked: 1, errors: 0 });
      const well = { appointmentCheckFailures: 0, appointmentRetryAt: null };
      expect(await leadNow(scene, lead)).toMatchObject(well);
      refuse(lead.ghlContactId);
      const again = new Date(now.getTime() + MINUTE_MS);
      await runAt(again);
      expect(await leadNow(scene, lead)).toMatchObject({ appointmentRetryAt: new Date(again.getTime() + MINUTE_MS) });
    });

    it("is not put off for longer than a day", async () => {
      const lead = await addGhlLead(scene, workspace, { appointmentCheckFailures: 400 });
      refuse(lead.ghlContactId);
      const now = new Date();
      await runAt(now);
      expect((await leadNow(scene, lead)).appointmentRetryAt).toEqual(new Date(now.getTime() + DAY_MS));
    });

    it("makes room for others: the same bad leads do not come first for ever", async () => {
      const old = { appointmentLastCheckedAt: hoursFromNow(-99) };
      const bad = [await addGhlLead(scene, workspace, old), await addGhlLead(scene, workspace, old)];
      for (const lead of bad) refuse(lead.ghlContactId);
      const good = [await addGhlLead(scene, workspace, { appointmentLastCheckedAt: hoursFromNow(-9) })];
      good.push(await addGhlLead(scene, workspace, { appointmentLastCheckedAt: hoursFromNow(-8) }));
      expect(await run({ leadsPerWorkspace: 2 })).toMatchObject({ errors: 2 });
      expect(await run({ leadsPerWorkspace: 2 })).toMatchObject({ errors: 0, noChange: 2 });
      for (const lead of good) expect(await checkedAt(lead)).not.toEqual(lead.appointmentLastCheckedAt);
    });

    it("leaves everything else of the lead as it was", async () => {
      const lead = await addGhlLead(scene, workspace, { updatedAt: hoursFromNow(-99) });
      scene.sandbox.ghl.book(lead.ghlContactId ?? "", { start: hoursFromNow(48) });
      refuse(lead.ghlContactId);
      await run();
      const moved = { appointmentLastCheckedAt: null, appointmentRetryAt: null, appointmentCheckFailures: 0 };
      expect({ ...(await leadNow(scene, lead)), ...moved }).toEqual({ ...lead, ...moved });
    });
  });
});
