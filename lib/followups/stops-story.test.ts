import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PEOPLE_OWNED_STATUSES } from "@/lib/core/lead-status";
import {
  addFollowUpSequence,
  addMessage,
  addReachableLead,
  daysAgo,
  followUpOnce,
  instanceNow,
  minutesAgo,
  setDueStage,
  startInstance,
  textsTo,
} from "@/scripts/testing/follow-up-story";
import { openScene, type Scene } from "@/scripts/testing/scene";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const NOTHING = { due: 0, sent: 0, tasks: 0, completed: 0, deferred: 0, blocked: 0, failed: 0, unknown: 0 };

describe("a lead that is not to be written to", () => {
  it.each([
    ...PEOPLE_OWNED_STATUSES.map((status) => [`is ${status}`, { status }] as const),
    ["has its follow-ups switched off", { autoFollowUpEnabled: false }] as const,
  ])("because it %s gets nothing, and its instance stays as it is", async (_, fields) => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}], { lead: fields });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: NOTHING, exhausted: true });
    expect(textsTo(scene, lead)).toEqual([]);
    expect(await instanceNow(scene, instance)).toEqual(instance);
    const open = { status: "qualified", autoFollowUpEnabled: true };
    await scene.runtime.db.lead.update({ where: { id: lead.id }, data: open });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: { sent: 1 } });
  });

  it("because it is snoozed has its instance paused until the snooze is over", async () => {
    const snoozed = { lead: { snoozedUntil: minutesAgo(-60) } };
    const { workspace, lead, instance } = await setDueStage(scene, [{}], snoozed);
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({ ...NOTHING, due: 1, blocked: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "lead_snoozed" });
    await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { snoozedUntil: null } });
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ snoozed: { resumedCount: 1 }, results: { sent: 1 } });
  });

  it.each([
    ["the workspace is paused", { workspace: { followUpsPausedUntil: minutesAgo(-60) } }],
    ["the sequence is not active", { sequence: { isActive: false } }],
    ["nothing says when the step is due", { instance: { nextStepDue: null } }],
    ["the step is not due yet", { instance: { nextStepDue: minutesAgo(-5) } }],
    ["the instance is cancelled", { instance: { status: "cancelled" } }],
  ])("because %s gets nothing", async (_, { sequence = {}, ...more }: Reasons) => {
    const { workspace, instance, ...stage } = await setDueStage(scene, [{}], more);
    await scene.runtime.db.followUpSequence.update({ where: { id: stage.sequence.id }, data: sequence });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: NOTHING, exhausted: true });
    expect(textsTo(scene, stage.lead)).toEqual([]);
    expect(await instanceNow(scene, instance)).toEqual(instance);
  });
});

interface Reasons {
  sequence?: { isActive?: boolean };
  workspace?: object;
  instance?: object;
}

describe("a reply", () => {
  it.each([
    ["on another channel", { channel: "email" }],
    ["stored long after it was sent", { sentAt: daysAgo(1.5) }],
    ["whose delivery is said to have failed", { deliveryStatus: "failed" }],
  ])("%s pauses the instance, due or not", async (_, fields) => {
    for (const nextStepDue of [minutesAgo(60), minutesAgo(-600), null]) {
      const { workspace, lead, instance } = await setDueStage(scene, [{}], { instance: { nextStepDue } });
      await addMessage(scene, lead, { sentAt: minutesAgo(30), ...fields });
      const { results } = await followUpOnce(scene, { clientId: workspace.id });
      const isDue = nextStepDue !== null && nextStepDue < minutesAgo(0);
      expect(results).toEqual({ ...NOTHING, due: isDue ? 1 : 0, blocked: isDue ? 1 : 0 });
      expect(textsTo(scene, lead)).toEqual([]);
      expect(await instanceNow(scene, instance)).toMatchObject({
        ...{ status: "paused", pausedReason: "lead_replied", nextStepDue, currentStep: 0 },
      });
    }
  });

  it.each([
    ["an automatic one", { kind: "auto_reply" }],
    ["a reaction", { kind: "reaction" }],
    ["one that was deleted", { deletedAt: new Date() }],
    ["one of ours", { direction: "outbound", sentBy: "setter" }],
    ["one from before the start", { sentAt: daysAgo(3) }],
  ])("is none if it is %s", async (_, fields) => {
    const { workspace, lead } = await setDueStage(scene, [{}]);
    await addMessage(scene, lead, { sentAt: minutesAgo(30), ...fields });
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({
      ...{ ...NOTHING, due: 1, sent: 1, completed: 1 },
    });
  });

  it("that was stored long ago, and that no run has seen, still prevents the send", async () => {
    const { workspace, lead, instance } = await setDueStage(scene, [{}]);
    await addMessage(scene, lead, { sentAt: minutesAgo(30), createdAt: daysAgo(300) });
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual({ ...NOTHING, due: 1, blocked: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "lead_replied" });
  });

  it("from before the last step pauses nothing", async () => {
    const instance = { currentStep: 1, lastStepAt: minutesAgo(90) };
    const { workspace, lead } = await setDueStage(scene, [{}, {}], { instance });
    await addMessage(scene, lead, { sentAt: minutesAgo(100) });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: { sent: 1 } });
  });

  it("pauses a post-booking sequence too", async () => {
    const { workspace, lead, sequence, instance } = await setDueStage(scene, [{}], {
      lead: { status: "meeting-booked" },
    });
    const meeting = { triggerOn: "meeting_selected" };
    await scene.runtime.db.followUpSequence.update({ where: { id: sequence.id }, data: meeting });
    await addMessage(scene, lead, { sentAt: minutesAgo(30) });
    await followUpOnce(scene, { clientId: workspace.id });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "paused", pausedReason: "lead_replied" });
  });
});

describe("one send a day", () => {
  it("is all that a lead gets on a channel, whichever sequence it belongs to", async () => {
    const { workspace, lead } = await setDueStage(scene, [{ messageTemplate: "one" }]);
    const other = await addFollowUpSequence(scene, workspace, [{ messageTemplate: "two" }]);
    const email = await addFollowUpSequence(scene, workspace, [{ channel: "email", messageTemplate: "mail" }]);
    const second = await startInstance(scene, lead, other, { nextStepDue: minutesAgo(50) });
    await startInstance(scene, lead, email);
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 3, sent: 2, deferred: 1, completed: 2 });
    expect(textsTo(scene, lead).toSorted()).toEqual(["mail", "one"]);
    const midnight = new Date("2026-11-19T00:00:00Z");
    expect(await instanceNow(scene, second)).toMatchObject({ status: "active", nextStepDue: midnight });
    await followUpOnce(scene, { clientId: workspace.id, deps: { clock: { now: () => midnight } } });
    expect(textsTo(scene, lead)).toContain("two");
  });

  it("counts by the lead's own days", async () => {
    // Two hours ago it was yesterday in Auckland: there, midnight was at eleven.
    const { workspace, lead } = await setDueStage(scene, [{}], { lead: { timezone: "Pacific/Auckland" } });
    await addMessage(scene, lead, { direction: "outbound", kind: "sequence", sentAt: minutesAgo(120) });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ results: { sent: 1 } });
  });
});

describe("the hours", () => {
  it("put a touch off to their first instant, where the lead is", async () => {
    const hours = { workStartTime: "09:00", workEndTime: "17:00", timezone: "Europe/Berlin" };
    const lead = { timezone: "America/New_York" };
    const { workspace, instance } = await setDueStage(scene, [{}], { workspace: hours, lead });
    const { results } = await followUpOnce(scene, { clientId: workspace.id });
    expect(results).toEqual({ ...NOTHING, due: 1, deferred: 1 });
    expect(await instanceNow(scene, instance)).toMatchObject({ nextStepDue: new Date("2026-11-18T14:00:00Z") });
    expect((await followUpOnce(scene, { clientId: workspace.id })).results).toEqual(NOTHING);
  });
});

describe("a booked lead", () => {
  const meetingEnd = minutesAgo(-60);

  it.each([
    ["its meeting is ahead", { appointmentEndAt: meetingEnd }, {}],
    ["only the start is known", { appointmentStartAt: meetingEnd }, {}],
    ["nothing is known of its meeting", {}, {}],
    [
      "its roll-up shows a meeting that was cancelled",
      { appointmentEndAt: daysAgo(9), appointmentStatus: "canceled" },
      {},
    ],
    ["the sequence has another trigger", { appointmentEndAt: meetingEnd }, { triggerOn: "no_response" }],
  ])("gets nothing of what was to bring the meeting about: %s", async (_, lead, sequence) => {
    const { workspace, instance, ...stage } = await setDueStage(scene, [{}], {
      lead: { status: "meeting-booked", ...lead },
    });
    await scene.runtime.db.followUpSequence.update({ where: { id: stage.sequence.id }, data: sequence });
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ backstop: { completedCount: 1 }, results: NOTHING });
    expect(await instanceNow(scene, instance)).toMatchObject({
      ...{ status: "completed", completedReason: "meeting_booked_backstop", nextStepDue: null, pausedReason: null },
    });
    expect(textsTo(scene, stage.lead)).toEqual([]);
  });

  it.each([
    ["for after the booking", {}, { triggerOn: "meeting_selected" }],
    ["that started when the meeting was over", { appointmentEndAt: daysAgo(3) }, {}],
  ])("still gets a sequence %s", async (_, lead, sequence) => {
    const { workspace, ...stage } = await setDueStage(scene, [{}], { lead: { status: "meeting-booked", ...lead } });
    await scene.runtime.db.followUpSequence.update({ where: { id: stage.sequence.id }, data: sequence });
    const ran = await followUpOnce(scene, { clientId: workspace.id });
    expect(ran).toMatchObject({ backstop: { completedCount: 0 }, results: { sent: 1 } });
  });

  it("has paused instances completed as well, and closed ones left alone", async () => {
    const paused = { status: "paused", pausedReason: "lead_replied" };
    const { workspace, lead, instance } = await setDueStage(scene, [{}], { instance: paused });
    const other = await addFollowUpSequence(scene, workspace, [{}]);
    const closed = await startInstance(scene, lead, other, { status: "cancelled" });
    await scene.runtime.db.lead.update({ where: { id: lead.id }, data: { status: "meeting-booked" } });
    expect(await followUpOnce(scene, { clientId: workspace.id })).toMatchObject({ backstop: { completedCount: 1 } });
    expect(await instanceNow(scene, instance)).toMatchObject({ status: "completed", pausedReason: null });
    expect(await instanceNow(scene, closed)).toMatchObject({ status: "cancelled" });
  });
});

describe("the workspaces that a call is not for", () => {
  it("are left alone", async () => {
    const mine = await setDueStage(scene);
    const other = await setDueStage(scene, [{}], { lead: { status: "meeting-booked" } });
    const lead = await addReachableLead(scene, other.workspace);
    const due = await startInstance(scene, lead, other.sequence);
    const ran = await followUpOnce(scene, { clientId: mine.workspace.id });
    expect(ran).toMatchObject({ results: { sent: 1 }, backstop: { completedCount: 0 } });
    expect(await instanceNow(scene, due)).toEqual(due);
    expect(await instanceNow(scene, other.instance)).toMatchObject({ status: "active" });
  });
});
